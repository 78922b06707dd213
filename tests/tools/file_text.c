#include "tools/file_text.h"

#include <stdio.h>

#include "base/str.h"

char *file_text(const char *file, size_t *length)
{
	FILE *stream = fopen(file, "rbe");
	struct str text = {0};
	char block[16384];
	size_t got;

	if (!stream)
		return NULL;
	while ((got = fread(block, 1, sizeof(block), stream)) > 0)
		str_add(&text, block, got);
	fclose(stream);
	if (length)
		*length = text.length;
	return str_take(&text);
}

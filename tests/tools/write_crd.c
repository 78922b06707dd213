/* write-crd FILE: writes the CustomResourceDefinition as the table of types says it. After a change of the table `ninja crd`
 * runs it in the build folder; a unit test says when the file in the tree is old. */
#include <stdio.h>

#include "base/json.h"
#include "model/model.h"

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: write-crd FILE\n", stderr);
		return 2;
	}
	JSON_WORK(work);
	FILE *file = fopen(argv[1], "we");
	bool written = file && fputs(model_crd_yaml(), file) >= 0;
	if (file && fclose(file) != 0)
		written = false;
	if (!written)
		perror(argv[1]);
	return written ? 0 : 1;
}

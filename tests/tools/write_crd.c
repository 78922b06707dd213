/* write-crd FOLDER: writes the CustomResourceDefinitions as the tables of types say them. After a change of a table `ninja crd`
 * runs it in the build folder; a unit test says when a file in the tree is old. */
#include <stdio.h>

#include "base/json.h"
#include "model/model.h"
#include "model/policy.h"

static bool write_file(const char *folder, const char *plural, const char *text)
{
	AUTO_FREE char *path = mem_printf("%s/%s_%s.yaml", folder, MODEL_GROUP, plural);
	FILE *file = fopen(path, "we");
	bool written = file && fputs(text, file) >= 0;
	if (file && fclose(file) != 0)
		written = false;
	if (!written)
		perror(path);
	return written;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: write-crd FOLDER\n", stderr);
		return 2;
	}
	JSON_WORK(work);
	return write_file(argv[1], MODEL_PLURAL, model_crd_yaml()) &&
	                       write_file(argv[1], MODEL_POLICY_PLURAL, policy_crd_yaml())
	               ? 0
	               : 1;
}

/* A golden case, read and planned: the object, what it wants, what is seen, and what is to be done. */
#include <assert.h>
#include <stdint.h>

#include "tools/file_text.h"
#include "golden/case.h"

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static const cJSON *readback;

/* OpenSSL makes itself ready at its first use, which is when a controller starts. */
int LLVMFuzzerInitialize(int *count, char ***arguments)
{
	char *text = file_text(TFLB_SOURCE_DIR "/tests/golden/readback.json", NULL);
	char id[MODEL_ID_SIZE];

	assert(text);
	json_use(arena_new()); /* as long as the process lives */
	readback = json_parse_text(text);
	mem_free(text);
	model_id("", "", "", id);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	JSON_WORK(work);
	struct golden_case c;
	struct error err = {0};
	const cJSON *file = json_parse((const char *)bytes, length, (struct json_limits){0}, &err);

	assert(file);
	if (case_make(file, readback, &c, &err))
		plan_make(&c.input);
	return 0;
}

/* Credentials files: who they say we are, and where they send us for a token. */
#include "credential_session.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	JSON_WORK(work);
	credential_session((struct input){(const char *)bytes, length, false});
	return 0;
}

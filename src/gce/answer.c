#include "gce/answer.h"

#include <string.h>

bool answer_bad(struct error *err, const char *subject, const char *why)
{
	error_set(err, ERROR_TRANSIENT, "%s: Compute Engine's answer cannot be used: %s", subject, why);
	error_reason(err, "CloudUnavailable");
	error_code(err, "BadAnswer");
	return false;
}

cJSON *answer_object(const struct gce_answer *answer, const char *subject, struct error *err)
{
	struct error why = {0};
	if (strspn(answer->body, " \t\r\n") == answer->length) {
		answer_bad(err, subject, "it is empty");
		return NULL;
	}
	cJSON *tree = json_parse(answer->body, answer->length, (struct json_limits){.bytes = ANSWER_MAX}, &why);
	if (!tree) {
		answer_bad(err, subject, why.message);
		return NULL;
	}
	if (!cJSON_IsObject(tree)) {
		answer_bad(err, subject, "it is no JSON object");
		return NULL;
	}
	return tree;
}

bool answer_is_object(const struct gce_answer *answer, const char *subject, struct error *err)
{
	JSON_WORK(work);
	return answer_object(answer, subject, err) != NULL;
}

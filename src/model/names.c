/* Names of resources: tflb-<id>-<name>-<role>[-<hash>]. Invariants: at most 63 characters of [a-z0-9-], RFC 1035; id, role
 * and hash are never cut; no part ends in a dash. */
#include "model/model.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/str.h"

enum { NAME_LIMIT = MODEL_NAME_SIZE - 1, IDENTITY_LIMIT = 253 };

bool model_is_identity(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:/";
	size_t length = strlen(text);
	return length > 0 && length <= IDENTITY_LIMIT && strspn(text, allowed) == length;
}

void model_id(const char *cluster, const char *namespace, const char *name, char id[MODEL_ID_SIZE])
{
	/* A line break stands in none of the three, so no two identities give one text. */
	AUTO_FREE char *identity = mem_printf("%s\n%s\n%s", cluster, namespace, name);
	digest_base32(identity, strlen(identity), id, MODEL_ID_SIZE - 1);
	id[MODEL_ID_SIZE - 1] = '\0';
}

void model_prefix(const char *id, char prefix[MODEL_NAME_SIZE])
{
	int length = snprintf(prefix, MODEL_NAME_SIZE, "tflb-%s-", id);
	assert(length < MODEL_NAME_SIZE);
}

static bool is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* At most `room` characters of name, what is not allowed turned into dashes, none at the end. */
static size_t write_name(const char *name, size_t room, char *to)
{
	size_t length = 0;
	for (; length < room && name[length]; length++)
		to[length] = is_letter_or_digit(name[length]) ? name[length] : '-';
	while (length > 0 && to[length - 1] == '-')
		length--;
	to[length] = '\0';
	return length;
}

void model_name(const char *id, const char *object_name, const char *role, const char *hash, char name[MODEL_NAME_SIZE])
{
	char tail[MODEL_NAME_SIZE];
	int tail_length = snprintf(tail, sizeof tail, "%s%s%s", role, hash ? "-" : "", hash ? hash : "");
	model_prefix(id, name);
	size_t length = strlen(name);
	assert(tail_length > 0 && length + (size_t)tail_length <= NAME_LIMIT);
	size_t room = NAME_LIMIT - length - (size_t)tail_length;
	size_t written = room > 1 ? write_name(object_name, room - 1, name + length) : 0;
	length += written;
	if (written > 0)
		name[length++] = '-';
	memcpy(name + length, tail, (size_t)tail_length + 1);
}

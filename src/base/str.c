#include "base/str.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

bool str_add(struct str *str, const char *bytes, size_t length)
{
	size_t maximum = str->maximum ? str->maximum : STR_DEFAULT_MAX;
	size_t needed = str->length + length + 1;

	if (length > maximum || str->length > maximum - length)
		return false;
	if (needed > str->capacity) {
		size_t capacity = str->capacity ? str->capacity * 2 : 64;

		str->capacity = capacity > needed ? capacity : needed;
		str->own_text = mem_resize(str->own_text, str->capacity);
	}
	if (length)
		memcpy(str->own_text + str->length, bytes, length);
	str->length += length;
	str->own_text[str->length] = '\0';
	return true;
}

bool str_adds(struct str *str, const char *text)
{
	return str_add(str, text, strlen(text));
}

bool str_addf(struct str *str, const char *format, ...)
{
	va_list arguments;
	AUTO_FREE char *text = NULL;
	char small[256];
	int length;

	va_start(arguments, format);
	length = vsnprintf(small, sizeof(small), format, arguments);
	va_end(arguments);
	if (length < 0)
		return false;
	if ((size_t)length < sizeof(small))
		return str_add(str, small, (size_t)length);
	text = mem_alloc((size_t)length + 1);
	va_start(arguments, format);
	vsnprintf(text, (size_t)length + 1, format, arguments);
	va_end(arguments);
	return str_add(str, text, (size_t)length);
}

void str_clear(struct str *str)
{
	str->length = 0;
	if (str->own_text)
		str->own_text[0] = '\0';
}

void str_done(struct str *str)
{
	mem_free(str->own_text);
	*str = (struct str){.maximum = str->maximum};
}

char *str_take(struct str *str)
{
	char *text = str->own_text ? str->own_text : mem_strdup("");

	*str = (struct str){.maximum = str->maximum};
	return text;
}

const char *str_text(const struct str *str)
{
	return str->own_text ? str->own_text : "";
}

bool text_equal(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool text_starts(const char *text, const char *prefix)
{
	return text && strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_ends(const char *text, const char *suffix)
{
	size_t length = text ? strlen(text) : 0, tail = strlen(suffix);

	return text && length >= tail && strcmp(text + length - tail, suffix) == 0;
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool text_is_label(const char *text, size_t max)
{
	size_t length = text ? strlen(text) : 0;

	if (length == 0 || length > max || !is_lower(text[0]) || text[length - 1] == '-')
		return false;
	for (size_t i = 0; i < length; i++) {
		if (!is_lower(text[i]) && !is_digit(text[i]) && text[i] != '-')
			return false;
	}
	return true;
}

bool text_copy(char *to, size_t size, const char *from)
{
	int length = snprintf(to, size, "%s", from);

	return length >= 0 && (size_t)length < size;
}

bool str_add_escaped(struct str *str, const char *text)
{
	for (; *text; text++) {
		char c = *text;
		bool plain = is_lower(c) || (c >= 'A' && c <= 'Z') || is_digit(c) || strchr("-._~", c);
		bool added = plain ? str_add(str, &c, 1) : str_addf(str, "%%%02X", (unsigned char)c);

		if (!added)
			return false;
	}
	return true;
}

/* --- base64 --- */

static const char STANDARD[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char URL_SAFE[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

bool str_add_base64(struct str *str, const void *bytes, size_t length, bool url)
{
	const unsigned char *from = bytes;
	const char *alphabet = url ? URL_SAFE : STANDARD;

	for (size_t i = 0; i < length; i += 3) {
		size_t left = length - i;
		unsigned value = (unsigned)from[i] << 16 | (left > 1 ? (unsigned)from[i + 1] << 8 : 0) |
				 (left > 2 ? from[i + 2] : 0);
		char four[4] = {alphabet[value >> 18], alphabet[value >> 12 & 63],
			left > 1 ? alphabet[value >> 6 & 63] : '=', left > 2 ? alphabet[value & 63] : '='};

		if (!str_add(str, four, 4))
			return false;
	}
	return true;
}

static int base64_value(char c)
{
	const char *at = c ? strchr(STANDARD, c) : NULL;

	if (!at && c)
		return (at = strchr(URL_SAFE, c)) ? (int)(at - URL_SAFE) : -1;
	return at ? (int)(at - STANDARD) : -1;
}

bool str_decode_base64(struct str *str, const char *text, size_t length)
{
	unsigned value = 0;
	int bits = 0;

	while (length > 0 && text[length - 1] == '=')
		length--;
	if (length % 4 == 1)
		return false;
	for (size_t i = 0; i < length; i++) {
		int six = base64_value(text[i]);
		char byte;

		if (six < 0)
			return false;
		value = (value << 6 | (unsigned)six) & 0xffffff;
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		byte = (char)(value >> bits);
		if (!str_add(str, &byte, 1))
			return false;
	}
	return true;
}

/* --- hashes --- */

uint64_t hash_bytes(const void *bytes, size_t length)
{
	const unsigned char *at = bytes;
	uint64_t hash = 14695981039346656037u;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ at[i]) * 1099511628211u;
	return hash;
}

uint64_t hash_text(const char *text)
{
	return hash_bytes(text, strlen(text));
}

void digest_base32(const void *bytes, size_t length, char *to, size_t characters)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
	unsigned char digest[EVP_MAX_MD_SIZE] = {0};

	EVP_Digest(bytes, length, digest, NULL, EVP_sha256(), NULL);
	for (size_t i = 0; i < characters; i++) {
		size_t bit = i * 5;
		unsigned pair = (unsigned)digest[bit / 8] << 8 | digest[bit / 8 + 1];

		to[i] = alphabet[pair >> (11 - bit % 8) & 31];
	}
	to[characters] = '\0';
}

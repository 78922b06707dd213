/* Ways from bytes to text and numbers: base64, base32 of a SHA-256, and a quick hash for tables. */
#include <assert.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/str.h"

static const char base64_standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base64_url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char base32[] = "abcdefghijklmnopqrstuvwxyz234567";

bool str_add_base64(struct str *str, const void *bytes, size_t length, bool url)
{
	const unsigned char *from = bytes;
	const char *alphabet = url ? base64_url : base64_standard;
	size_t before = str->length;
	for (size_t i = 0; i < length; i += 3) {
		size_t left = length - i < 3 ? length - i : 3;
		unsigned group = (unsigned)from[i] << 16;
		group |= left > 1 ? (unsigned)from[i + 1] << 8 : 0;
		group |= left > 2 ? from[i + 2] : 0;
		char four[4] = {alphabet[group >> 18], alphabet[group >> 12 & 63], '=', '='};
		if (left > 1)
			four[2] = alphabet[group >> 6 & 63];
		if (left > 2)
			four[3] = alphabet[group & 63];
		if (!str_add(str, four, url ? left + 1 : 4)) {
			str_cut(str, before);
			return false;
		}
	}
	return true;
}

/* The value of a character in either alphabet, -1 when it is in none. */
static int base64_value(char c)
{
	const char *at = c != '\0' ? strchr(base64_standard, c) : NULL;
	if (at != NULL)
		return (int)(at - base64_standard);
	at = c != '\0' ? strchr(base64_url, c) : NULL;
	return at != NULL ? (int)(at - base64_url) : -1;
}

/* Decodes two to four characters into one to three bytes; false when the bits left over are not zero. */
static bool decode_group(struct str *str, const char *text, size_t characters)
{
	unsigned group = 0;
	for (size_t i = 0; i < 4; i++) {
		int value = i < characters ? base64_value(text[i]) : 0;
		if (value < 0)
			return false;
		group = group << 6 | (unsigned)value;
	}
	size_t bytes = characters - 1;
	if (bytes < 3 && (group & ((1u << (24 - 8 * bytes)) - 1)) != 0)
		return false;
	char three[3] = {(char)(group >> 16), (char)(group >> 8), (char)group};
	return str_add(str, three, bytes);
}

/* Characters before the padding; with padding, the whole must be in groups of four. False when it cannot be base64. */
static bool strip_padding(const char *text, size_t *length)
{
	size_t used = *length;
	while (used > 0 && *length - used < 2 && text[used - 1] == '=')
		used--;
	if (used != *length && *length % 4 != 0)
		return false;
	*length = used;
	return used % 4 != 1;
}

bool str_decode_base64(struct str *str, const char *text, size_t length)
{
	size_t before = str->length;
	if (!strip_padding(text, &length))
		return false;
	for (size_t i = 0; i < length; i += 4) {
		if (!decode_group(str, text + i, length - i < 4 ? length - i : 4)) {
			str_cut(str, before);
			return false;
		}
	}
	return true;
}

uint64_t hash_bytes(const void *bytes, size_t length)
{
	const unsigned char *from = bytes;
	uint64_t hash = 0xcbf29ce484222325;
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ from[i]) * 0x100000001b3;
	return hash;
}

uint64_t hash_text(const char *text)
{
	return hash_bytes(text, strlen(text));
}

/* As MurmurHash64A does it. */
uint64_t hash_long(const void *bytes, size_t length)
{
	const uint64_t factor = 0xc6a4a7935bd1e995;
	const unsigned char *from = bytes;
	uint64_t hash = length * factor;
	for (size_t at = 0; at < length; at += sizeof(uint64_t)) {
		uint64_t part = 0;
		memcpy(&part, from + at, length - at < sizeof(part) ? length - at : sizeof(part));
		part *= factor;
		part ^= part >> 47;
		hash = (hash ^ part * factor) * factor;
	}
	hash = (hash ^ hash >> 47) * factor;
	return hash ^ hash >> 47;
}

enum { SUM_SIZE = 32 };

static void sum_of(const void *bytes, size_t length, unsigned char sum[EVP_MAX_MD_SIZE])
{
	unsigned sum_length = 0;
	if (EVP_Digest(bytes, length, sum, &sum_length, EVP_sha256(), NULL) != 1) /* there is no other way to fail */
		mem_none(EVP_MAX_MD_SIZE);
	assert(sum_length == SUM_SIZE);
}

void digest_base32(const void *bytes, size_t length, char *to, size_t characters)
{
	unsigned char sum[EVP_MAX_MD_SIZE + 1] = {0};
	assert(characters <= 52);
	sum_of(bytes, length, sum);
	for (size_t i = 0; i < characters; i++) {
		size_t bit = i * 5;
		unsigned pair = (unsigned)sum[bit / 8] << 8 | sum[bit / 8 + 1];
		to[i] = base32[pair >> (11 - bit % 8) & 31];
	}
	to[characters] = '\0';
}

void digest_hex(const void *bytes, size_t length, char to[DIGEST_HEX_SIZE])
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	sum_of(bytes, length, sum);
	for (size_t i = 0; i < SUM_SIZE; i++)
		snprintf(to + 2 * i, 3, "%02x", sum[i]);
}

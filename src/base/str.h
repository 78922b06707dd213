/* Growing byte strings with a maximum, and small text helpers. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A buffer that is born with a maximum: what would pass it is refused, never truncated silently. */
struct str {
	char *own_text; /* always NUL-terminated once something was added; NULL before */
	size_t length;
	size_t capacity;
	size_t maximum; /* bytes; 0 means STR_DEFAULT_MAX */
};

enum { STR_DEFAULT_MAX = 64 * 1024 * 1024 };

#define STR_INIT(max) ((struct str){.maximum = (max)})

bool str_add(struct str *str, const char *bytes,
	size_t length); /* false when the maximum would be passed; nothing is added then */
bool str_adds(struct str *str, const char *text);
bool str_addf(struct str *str, const char *format, ...) __attribute__((format(printf, 2, 3)));
void str_clear(struct str *str);              /* keeps the memory */
void str_cut(struct str *str, size_t length); /* forgets what is behind length; nothing when it is shorter */
void str_done(struct str *str);               /* frees; the struct can be used again */
char *str_take(struct str *str); /* the text, owned by the caller ("" when empty); the struct is empty afterwards */
const char *str_text(const struct str *str); /* loan, "" when empty */
#define AUTO_STR __attribute__((cleanup(str_done)))

bool text_equal(const char *a, const char *b); /* NULL equals only NULL */
/* NULL starts and ends with nothing, and is no label. */
bool text_starts(const char *text, const char *prefix);
bool text_ends(const char *text, const char *suffix);
bool text_is_label(const char *text, size_t max); /* RFC 1035 label: [a-z]([-a-z0-9]*[a-z0-9])?, at most max */
int text_order(const void *a, const void *b);     /* for qsort and bsearch, of char *const[] */
/* An owned text becomes a copy of text (may be NULL). One of the same length is written over, without new memory. */
void text_set(char **own, const char *text);
bool text_copy(char *to, size_t size, const char *from); /* always terminates; false when it had to cut */
/* Levenshtein's distance: how many characters must be added, dropped or replaced. For the word somebody may have meant; what
 * is longer than 63 characters is cut. */
size_t text_distance(const char *a, const char *b);
size_t text_utf8(const char *text, size_t length); /* how many bytes from the start are whole, valid UTF-8 */

/* Percent-encodes everything but RFC 3986 unreserved characters. */
bool str_add_escaped(struct str *str, const char *text);

/* Adds text as a JSON string, with its quotes. */
bool str_add_quoted(struct str *str, const char *text);

/* Base64: standard with padding; url is the URL-safe alphabet. decode returns false on anything malformed. */
bool str_add_base64(struct str *str, const void *bytes, size_t length, bool url);
bool str_decode_base64(struct str *str, const char *text, size_t length);

/* FNV-1a 64 for tables; not for names. */
uint64_t hash_bytes(const void *bytes, size_t length);
uint64_t hash_text(const char *text);

/* A faster one, for much text: eight bytes at a time. */
uint64_t hash_long(const void *bytes, size_t length);

/* SHA-256 of bytes as lower-case base32 ([a-z2-7]), the first `characters` of it (at most 52). For names and digests. */
void digest_base32(const void *bytes, size_t length, char *to, size_t characters);
/* SHA-256 of bytes in hexadecimal. */
enum { DIGEST_HEX_SIZE = 65 };
void digest_hex(const void *bytes, size_t length, char to[DIGEST_HEX_SIZE]);

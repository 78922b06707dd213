#include "base/secret.h"

#include <ctype.h>
#include <string.h>

#include "base/alloc.h"

enum { WORD_MAX = 40, SECRET_MIN = 4, SENTENCE_MAX = 300 };

static const char HIDDEN[] = "[...]";

void secret_free(char *own_text)
{
	if (own_text)
		explicit_bzero(own_text, strlen(own_text));
	mem_free(own_text);
}

void secret_free_scope(void *pointer_to_pointer)
{
	secret_free(*(char **)pointer_to_pointer);
}

void secret_done(struct str *secret)
{
	if (secret->own_text)
		explicit_bzero(secret->own_text, secret->capacity);
	str_done(secret);
}

bool secret_is_token(const char *text)
{
	size_t i = 0;

	while (text[i] > ' ' && text[i] <= '~')
		i++;
	return i > 0 && !text[i];
}

/* The length of the secret that begins at text, the longest if there are several; 0: none. */
static size_t secret_at(const char *text, const char *const *secrets)
{
	size_t longest = SECRET_MIN - 1;

	for (; *secrets; secrets++)
		if (strlen(*secrets) > longest && text_starts(text, *secrets))
			longest = strlen(*secrets);
	return longest < SECRET_MIN ? 0 : longest;
}

/* How many characters from text on could be one token. */
static size_t run_at(const char *text)
{
	size_t length = 0;

	while (isalnum((unsigned char)text[length]) || (text[length] && strchr("-._~+/=%", text[length])))
		length++;
	return length;
}

static size_t hide(const char *text, const char *const *secrets, bool run_begins)
{
	size_t length = secret_at(text, secrets), run = run_begins ? run_at(text) : 0;

	return run > WORD_MAX && run > length ? run : length;
}

char *secret_clean(const char *sentence, const char *const *secrets)
{
	struct str clean = STR_INIT(SENTENCE_MAX);
	bool run_begins = true, fits = true;

	while (*sentence && fits) {
		size_t hidden = hide(sentence, secrets, run_begins);
		bool blank = (unsigned char)*sentence < ' ' || *sentence == 0x7f;
		fits = hidden ? str_adds(&clean, HIDDEN) : str_add(&clean, blank ? " " : sentence, 1);
		run_begins = hidden || run_at(sentence) == 0;
		sentence += hidden ? hidden : 1;
	}
	str_cut(&clean, text_utf8(str_text(&clean), clean.length));
	return str_take(&clean);
}

/* Where the sentence ends in the middle of the secret, because it was cut: its beginning there, of so many characters at least. */
static char *cut_at(char *sentence, const char *secret, size_t least)
{
	size_t length = strlen(sentence), secret_length = strlen(secret);
	size_t part = length < secret_length ? length : secret_length - 1;

	for (; part >= least; part--) {
		if (strncmp(sentence + length - part, secret, part) == 0)
			return sentence + length - part;
	}
	return NULL;
}

/* Writes it over what stands there; returns where it ends. */
static char *cover(char *at)
{
	for (const char *from = HIDDEN; *from; from++)
		*at++ = *from;
	return at;
}

void secret_hide(char *sentence, const char *secret)
{
	size_t length = secret ? strlen(secret) : 0, mask = strlen(HIDDEN);
	char *at = sentence;

	if (length <= mask)
		return;
	while ((at = strstr(at, secret))) {
		at = cover(at);
		memmove(at, at + length - mask, strlen(at + length - mask) + 1);
	}
	at = cut_at(sentence, secret, mask + 1);
	if (at)
		*cover(at) = '\0';
}

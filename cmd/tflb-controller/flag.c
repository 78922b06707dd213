/* A text is read and judged before the flags change, whoever says it: what a stronger source overrides must be right all the same. */
#include "flag.h"

#include <string.h>

#include "base/str.h"
#include "base/time.h"

union value {
	const char *text;
	int64_t ms;
	int word;
	bool on;
};

static bool read_time(const struct flag *flag, const char *text, union value *value)
{
	return time_parse_duration(text, &value->ms) && value->ms >= flag->least &&
	       (flag->most == 0 || value->ms <= flag->most);
}

static bool read_word(const struct flag *flag, const char *text, union value *value)
{
	for (value->word = 0; flag->words[value->word]; value->word++)
		if (text_equal(flag->words[value->word], text))
			return true;
	return false;
}

static bool read_switch(const char *text, union value *value)
{
	value->on = text_equal(text, "true");
	return value->on || text_equal(text, "false");
}

static bool read_value(const struct flag *flag, const char *text, union value *value)
{
	switch (flag->kind) {
	case FLAG_TEXT:
	case FLAG_TEXTS:
		value->text = text;
		return !flag->accepts || flag->accepts(text);
	case FLAG_TIME:
		return read_time(flag, text, value);
	case FLAG_WORD:
		return read_word(flag, text, value);
	case FLAG_SWITCH:
	case FLAG_END:
		return read_switch(text, value);
	}
	return false;
}

static bool add_text(struct flag_texts *texts, const char *text, bool first, struct error *err)
{
	if (first)
		texts->count = 0;
	if (texts->count == FLAG_TEXTS_MAX)
		return error_set(err, ERROR_REJECTED, "there are %d already, and no more can be", FLAG_TEXTS_MAX);
	texts->items[texts->count++] = text;
	return true;
}

bool flag_set(
	struct flags *flags, const struct flag *flag, const char *text, enum flag_source source, struct error *err)
{
	enum flag_source *before = flags_source(flags, flag);
	void *member = (char *)flags + flag->offset;
	union value value;

	if (!read_value(flag, text, &value))
		return error_set(err, ERROR_REJECTED, "%s", flag->must);
	if (*before > source)
		return true;
	bool first = *before < source;
	*before = source;
	switch (flag->kind) {
	case FLAG_TEXT:
		*(const char **)member = value.text;
		return true;
	case FLAG_TEXTS:
		return add_text(member, value.text, first, err);
	case FLAG_TIME:
		*(int64_t *)member = value.ms;
		return true;
	case FLAG_WORD:
		*(int *)member = value.word;
		return true;
	case FLAG_SWITCH:
	case FLAG_END:
		*(bool *)member = value.on;
		return true;
	}
	return false;
}

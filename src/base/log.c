#include "base/log.h"

#include <stdarg.h>
#include <string.h>

#include "base/str.h"
#include "base/time.h"

static const char *const LEVELS[] = {
	[LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARN] = "warn", [LOG_ERROR] = "error"};
static const char *const LABELS[] = {
	[LOG_DEBUG] = "DEBUG", [LOG_INFO] = "INFO ", [LOG_WARN] = "WARN ", [LOG_ERROR] = "ERROR"};

static bool needs_quotes(const char *value)
{
	if (!*value)
		return true;
	for (; *value; value++) {
		if ((unsigned char)*value <= ' ' || *value == '"' || *value == '=' || *value == '\\')
			return true;
	}
	return false;
}

static void add_quoted(struct str *line, const char *value)
{
	str_adds(line, "\"");
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			str_addf(line, "\\%c", *value);
		else if ((unsigned char)*value < ' ')
			str_addf(line, "\\u%04x", (unsigned char)*value);
		else
			str_add(line, value, 1);
	}
	str_adds(line, "\"");
}

static void add_pair(const struct log *log, struct str *line, const char *key, const char *value)
{
	if (log->format == LOG_JSON) {
		str_adds(line, ",");
		add_quoted(line, key);
		str_adds(line, ":");
		add_quoted(line, value);
		return;
	}
	str_addf(line, " %s=", key);
	if (needs_quotes(value))
		add_quoted(line, value);
	else
		str_adds(line, value);
}

static void add_start(const struct log *log, struct str *line, enum log_level level, const char *message)
{
	char now[TIME_TEXT_SIZE];

	time_text(log->wall_us ? log->wall_us(log->wall_arg) : 0, now);
	if (log->format == LOG_TEXT) {
		str_addf(line, "%s %s %s", now, LABELS[level], message);
		return;
	}
	str_addf(line, "{\"time\":\"%s\",\"level\":\"%s\",\"message\":", now, LEVELS[level]);
	add_quoted(line, message);
}

void log_line(const struct log *log, enum log_level level, const char *message, ...)
{
	AUTO_STR struct str line = STR_INIT(64 * 1024);
	const char *key;
	va_list pairs;

	if (!log || !log->out || level < log->level)
		return;
	add_start(log, &line, level, message);
	va_start(pairs, message);
	while ((key = va_arg(pairs, const char *))) {
		const char *value = va_arg(pairs, const char *);
		add_pair(log, &line, key, value ? value : "");
	}
	va_end(pairs);
	str_adds(&line, log->format == LOG_JSON ? "}\n" : "\n");
	fputs(str_text(&line), log->out);
	fflush(log->out);
}

bool log_level_parse(const char *text, enum log_level *level)
{
	for (size_t i = 0; i < sizeof(LEVELS) / sizeof(LEVELS[0]); i++) {
		if (text_equal(text, LEVELS[i])) {
			*level = (enum log_level)i;
			return true;
		}
	}
	return false;
}

bool log_format_parse(const char *text, enum log_format *format)
{
	if (text_equal(text, "text"))
		*format = LOG_TEXT;
	else if (text_equal(text, "json"))
		*format = LOG_JSON;
	else
		return false;
	return true;
}

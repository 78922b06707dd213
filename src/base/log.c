/* Structured log lines. Invariant: one call writes one whole line, or nothing. */
#include "base/log.h"

#include <stdarg.h>
#include <string.h>

#include "base/str.h"
#include "base/time.h"

enum { LOG_LINE_MAX = 64 * 1024 };

static const char *const level_names[] = {"debug", "info", "warn", "error"};
static const char *const level_titles[] = {"DEBUG", "INFO", "WARN", "ERROR"};

/* Whether a value stands for itself in a line of key=value. */
static bool is_plain(const char *text)
{
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++)
		if ((unsigned char)*text <= ' ' || strchr("\"=\\\x7f", *text) != NULL)
			return false;
	return true;
}

static void start_line(struct str *line, const struct log *log, enum log_level level, const char *message)
{
	char time[TIME_TEXT_SIZE] = "";
	if (log->wall_us != NULL)
		time_text(log->wall_us(log->wall_arg), time);
	if (log->format == LOG_TEXT) {
		str_addf(line, "%s%s%-5s %s", time, *time != '\0' ? " " : "", level_titles[level], message);
		return;
	}
	str_adds(line, "{");
	if (*time != '\0')
		str_addf(line, "\"time\":\"%s\",", time);
	str_addf(line, "\"level\":\"%s\",\"message\":", level_names[level]);
	str_add_quoted(line, message);
}

static bool add_pair(struct str *line, enum log_format format, const char *key, const char *value)
{
	if (format == LOG_JSON)
		return str_adds(line, ",") && str_add_quoted(line, key) && str_adds(line, ":") &&
		       str_add_quoted(line, value);
	if (!str_addf(line, " %s=", key))
		return false;
	return is_plain(value) ? str_adds(line, value) : str_add_quoted(line, value);
}

void log_line(const struct log *log, enum log_level level, const char *message, ...)
{
	if (log == NULL || log->out == NULL || level < log->level)
		return;
	AUTO_STR struct str line = STR_INIT(LOG_LINE_MAX);
	start_line(&line, log, level, message);
	va_list pairs;
	va_start(pairs, message);
	for (const char *key; (key = va_arg(pairs, const char *)) != NULL;) {
		const char *value = va_arg(pairs, const char *);
		size_t before = line.length;
		/* Room is left for the end; a pair that is too long is left out as a whole. */
		if (!add_pair(&line, log->format, key, value != NULL ? value : "") || line.length > LOG_LINE_MAX - 2)
			str_cut(&line, before);
	}
	va_end(pairs);
	str_adds(&line, log->format == LOG_JSON ? "}\n" : "\n");
	fwrite(line.own_text, 1, line.length, log->out);
	fflush(log->out);
}

bool log_level_parse(const char *text, enum log_level *level)
{
	for (size_t i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++) {
		if (text_equal(text, level_names[i])) {
			*level = (enum log_level)i;
			return true;
		}
	}
	return false;
}

bool log_format_parse(const char *text, enum log_format *format)
{
	bool json = text_equal(text, "json");
	if (!json && !text_equal(text, "text"))
		return false;
	*format = json ? LOG_JSON : LOG_TEXT;
	return true;
}

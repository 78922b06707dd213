/* Time as text, RFC 3339 both ways. */
#include "base/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SECOND_US = 1000000 };

/* Whole seconds, rounded down also before 1970; the rest is 0..999999 us. */
static int64_t split_second(int64_t wall_us, long *us)
{
	int64_t second = wall_us / SECOND_US;
	*us = (long)(wall_us % SECOND_US);
	if (*us < 0) {
		*us += SECOND_US;
		second--;
	}
	return second;
}

/* "2026-01-02T03:04:05" and the length of it. */
static size_t add_date(char text[TIME_TEXT_SIZE], int64_t second)
{
	struct tm tm;
	time_t time = (time_t)second;
	gmtime_r(&time, &tm);
	/* %Y would print fewer than four digits. */
	int year = snprintf(text, TIME_TEXT_SIZE, "%04d", tm.tm_year + 1900);
	return (size_t)year + strftime(text + year, TIME_TEXT_SIZE - (size_t)year, "-%m-%dT%H:%M:%S", &tm);
}

void time_text(int64_t wall_us, char text[TIME_TEXT_SIZE])
{
	long us;
	size_t used = add_date(text, split_second(wall_us, &us));
	snprintf(text + used, TIME_TEXT_SIZE - used, "Z");
}

void time_text_micro(int64_t wall_us, char text[TIME_TEXT_SIZE])
{
	long us;
	size_t used = add_date(text, split_second(wall_us, &us));
	snprintf(text + used, TIME_TEXT_SIZE - used, ".%06ldZ", us);
}

void time_text_offset(int64_t wall_us, int offset_minutes, char text[TIME_TEXT_SIZE])
{
	long us;
	size_t used = add_date(text, split_second(wall_us + (int64_t)offset_minutes * 60 * SECOND_US, &us));
	int minutes = abs(offset_minutes);
	snprintf(text + used, TIME_TEXT_SIZE - used, ".%03ld%c%02d:%02d", us / 1000, offset_minutes < 0 ? '-' : '+',
		minutes / 60, minutes % 60);
}

/* Reads exactly `digits` digits and moves on; false when there are fewer or the number is not within least..most. */
static bool read_number(const char **text, int digits, int least, int most, int *out)
{
	int number = 0;
	for (int i = 0; i < digits; i++) {
		char c = (*text)[i];
		if (c < '0' || c > '9')
			return false;
		number = number * 10 + (c - '0');
	}
	if (number < least || number > most)
		return false;
	*text += digits;
	*out = number;
	return true;
}

static bool read_char(const char **text, char upper)
{
	char c = **text;
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c != upper)
		return false;
	(*text)++;
	return true;
}

static int days_of(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

static bool read_date(const char **text, struct tm *tm)
{
	if (!read_number(text, 4, 0, 9999, &tm->tm_year) || !read_char(text, '-') ||
		!read_number(text, 2, 1, 12, &tm->tm_mon) || !read_char(text, '-') ||
		!read_number(text, 2, 1, days_of(tm->tm_year, tm->tm_mon), &tm->tm_mday))
		return false;
	tm->tm_year -= 1900;
	tm->tm_mon -= 1;
	return true;
}

/* 60 is a leap second; it counts as the one that follows. */
static bool read_clock(const char **text, struct tm *tm)
{
	return read_number(text, 2, 0, 23, &tm->tm_hour) && read_char(text, ':') &&
	       read_number(text, 2, 0, 59, &tm->tm_min) && read_char(text, ':') &&
	       read_number(text, 2, 0, 60, &tm->tm_sec);
}

/* Digits beyond microseconds are read and dropped. */
static bool read_fraction(const char **text, int64_t *us)
{
	*us = 0;
	if (**text != '.')
		return true;
	(*text)++;
	int digits = 0;
	for (; **text >= '0' && **text <= '9'; (*text)++, digits++)
		if (digits < 6)
			*us = *us * 10 + (**text - '0');
	for (int i = digits; i < 6; i++)
		*us *= 10;
	return digits > 0;
}

static bool read_offset(const char **text, int64_t *seconds)
{
	*seconds = 0;
	if (read_char(text, 'Z'))
		return true;
	int sign = **text == '-' ? -1 : 1, hours, minutes;
	if (**text != '-' && **text != '+')
		return false;
	(*text)++;
	if (!read_number(text, 2, 0, 23, &hours) || !read_char(text, ':') || !read_number(text, 2, 0, 59, &minutes))
		return false;
	*seconds = sign * (hours * 3600 + minutes * 60);
	return true;
}

bool time_parse(const char *text, int64_t *wall_us)
{
	struct tm tm = {0};
	int64_t us, offset;
	if (!read_date(&text, &tm) || !read_char(&text, 'T') || !read_clock(&text, &tm) || !read_fraction(&text, &us) ||
		!read_offset(&text, &offset) || *text != '\0')
		return false;
	*wall_us = ((int64_t)timegm(&tm) - offset) * SECOND_US + us;
	return true;
}

/* What one of the unit is, in ms, and how long its name is; 0: no such unit. */
static int64_t unit_ms(const char *text, size_t *length)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
	*length = strcspn(text, "0123456789");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strlen(units[i].name) == *length && strncmp(text, units[i].name, *length) == 0)
			return units[i].ms;
	}
	return 0;
}

bool time_parse_duration(const char *text, int64_t *ms)
{
	enum { NUMBER_MAX = 9 };
	const int64_t most = 366LL * 24 * 3600 * 1000;
	int64_t sum = 0;
	bool bare = *text && strspn(text, "0123456789") == strlen(text);
	do {
		size_t digits = strspn(text, "0123456789"), length;
		if (digits == 0 || digits > NUMBER_MAX)
			return false;
		int64_t unit = unit_ms(text + digits, &length);
		unit = bare ? 1000 : unit;
		if (unit == 0 || strtoll(text, NULL, 10) > (most - sum) / unit)
			return false;
		sum += strtoll(text, NULL, 10) * unit;
		text += digits + length;
	} while (*text);
	*ms = sum;
	return true;
}

/* Independent of the locale, which strptime is not. */
bool time_parse_http(const char *text, int64_t *wall_us)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm tm = {0};
	char day[4], month[4], zone[4];
	int end = 0;
	if (sscanf(text, "%3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d %3[A-Z]%n", day, &tm.tm_mday, month, &tm.tm_year,
		    &tm.tm_hour, &tm.tm_min, &tm.tm_sec, zone, &end) != 8 ||
		text[end] || strcmp(zone, "GMT") != 0)
		return false;
	const char *at = strstr(months, month);
	if (!at || (at - months) % 3 != 0 || strlen(month) != 3 || tm.tm_year < 1970)
		return false;
	tm.tm_mon = (int)(at - months) / 3;
	tm.tm_year -= 1900;
	*wall_us = (int64_t)timegm(&tm) * SECOND_US;
	return true;
}

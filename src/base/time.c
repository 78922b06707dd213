#include "base/time.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SECOND_US = 1000000 };

static struct tm split(int64_t wall_us, int *micro)
{
	time_t seconds = (time_t)(wall_us / SECOND_US);
	struct tm parts;

	*micro = (int)(wall_us % SECOND_US);
	if (*micro < 0) {
		*micro += SECOND_US;
		seconds--;
	}
	gmtime_r(&seconds, &parts);
	return parts;
}

void time_text(int64_t wall_us, char text[TIME_TEXT_SIZE])
{
	int micro;
	struct tm parts = split(wall_us, &micro);

	strftime(text, TIME_TEXT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

void time_text_micro(int64_t wall_us, char text[TIME_TEXT_SIZE])
{
	int micro;
	struct tm parts = split(wall_us, &micro);
	size_t length = strftime(text, TIME_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &parts);

	snprintf(text + length, TIME_TEXT_SIZE - length, ".%06dZ", micro);
}

void time_text_offset(int64_t wall_us, int offset_minutes, char text[TIME_TEXT_SIZE])
{
	int micro;
	struct tm parts = split(wall_us + (int64_t)offset_minutes * 60 * SECOND_US, &micro);
	size_t length = strftime(text, TIME_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &parts);
	int minutes = offset_minutes < 0 ? -offset_minutes : offset_minutes;

	snprintf(text + length, TIME_TEXT_SIZE - length, ".%03d%c%02d:%02d", micro / 1000,
		offset_minutes < 0 ? '-' : '+', minutes / 60 % 24, minutes % 60);
}

static const char *parse_fraction(const char *at, int *micro)
{
	int scale = SECOND_US / 10;

	*micro = 0;
	for (; *at >= '0' && *at <= '9'; at++, scale /= 10)
		*micro += (*at - '0') * scale;
	return at;
}

static bool parse_offset(const char *at, int *minutes)
{
	int hours, rest, used = 0;

	*minutes = 0;
	if (strcmp(at, "Z") == 0 || strcmp(at, "z") == 0)
		return true;
	if ((*at != '+' && *at != '-') || sscanf(at + 1, "%2d:%2d%n", &hours, &rest, &used) != 2 || at[1 + used] ||
		hours > 23 || rest > 59)
		return false;
	*minutes = (hours * 60 + rest) * (*at == '-' ? -1 : 1);
	return true;
}

bool time_parse(const char *text, int64_t *wall_us)
{
	struct tm parts = {0};
	int used = 0, micro = 0, minutes;

	if (!text || sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &parts.tm_year, &parts.tm_mon, &parts.tm_mday,
			     &parts.tm_hour, &parts.tm_min, &parts.tm_sec, &used) != 6)
		return false;
	text += used;
	if (*text == '.')
		text = parse_fraction(text + 1, &micro);
	if (!parse_offset(text, &minutes) || parts.tm_mon < 1 || parts.tm_mon > 12 || parts.tm_mday < 1 ||
		parts.tm_mday > 31 || parts.tm_hour > 23 || parts.tm_min > 59 || parts.tm_sec > 60)
		return false;
	parts.tm_year -= 1900;
	parts.tm_mon -= 1;
	*wall_us = ((int64_t)timegm(&parts) - (int64_t)minutes * 60) * SECOND_US + micro;
	return true;
}

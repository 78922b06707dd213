/* Time as text. Monotonic time is in milliseconds everywhere (int64_t ms); wall time in microseconds since 1970 UTC. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TIME_TEXT_SIZE = 40 };

/* RFC 3339 in UTC: "2026-01-02T03:04:05Z"; micro gives six digits ("...05.000000Z", Kubernetes MicroTime). */
void time_text(int64_t wall_us, char text[TIME_TEXT_SIZE]);
void time_text_micro(int64_t wall_us, char text[TIME_TEXT_SIZE]);
/* RFC 3339 with milliseconds and the offset in minutes, as Compute Engine prints it: "2026-06-13T03:36:33.827-07:00". */
void time_text_offset(int64_t wall_us, int offset_minutes, char text[TIME_TEXT_SIZE]);
/* A length of time as people and Go write it: "15" (seconds), "15s", "500ms", "1m30s", "1h"; at most a year. */
bool time_parse_duration(const char *text, int64_t *ms);
/* The date of an HTTP header: "Fri, 02 Jan 2026 03:04:05 GMT". */
bool time_parse_http(const char *text, int64_t *wall_us);
/* Parses RFC 3339 with any offset and any number of fraction digits. */
bool time_parse(const char *text, int64_t *wall_us);

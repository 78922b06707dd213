/* The flags of gce-emulator. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct options {
	char address[64];
	uint16_t port;
	const char *port_file; /* NULL: none */
	double speed;          /* emulated seconds per second */
	uint64_t seed;
	const char *request_log; /* NULL: none */
	bool lenient, require_token;
};

/* Reads the command line. False: the program ends with *status; what there was to say has been said. */
bool options_parse(struct options *options, int count, char *const *arguments, int *status);

/* The flags of gce-emulator. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct options {
	char address[64];
	uint16_t port;
	const char *port_file;     /* NULL: none */
	char metadata_address[64]; /* "": there is no metadata server */
	uint16_t metadata_port;
	const char *metadata_port_file;
	double speed; /* emulated seconds per second */
	uint64_t seed;
	const char *request_log; /* NULL: none */
	const char *state;       /* file that keeps the world; NULL: it ends with the program */
	bool lenient, require_token, issued_tokens_only;
};

/* Reads the command line. False: the program ends with *status; what there was to say has been said. */
bool options_parse(struct options *options, int count, char *const *arguments, int *status);

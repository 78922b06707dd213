/* A socket that listens, with errors a person understands. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct sockaddr;

/* Out: a non-blocking socket and its port. address: IPv4 or IPv6 literal, "" for every address that there is; port 0: the system
 * chooses. */
bool listen_open(const char *address, uint16_t port, int *own_socket, uint16_t *chosen, struct error *err);
bool address_is_loopback(const struct sockaddr *address);

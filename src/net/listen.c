#include "net/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union any_address {
	struct sockaddr common;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* The length of the address, 0 when the text is none. */
static socklen_t parse_address(const char *text, uint16_t port, union any_address *address)
{
	*address = (union any_address){0};
	if (inet_pton(AF_INET, text, &address->v4.sin_addr) == 1) {
		address->v4.sin_family = AF_INET;
		address->v4.sin_port = htons(port);
		return sizeof(address->v4);
	}
	if (inet_pton(AF_INET6, text, &address->v6.sin6_addr) == 1) {
		address->v6.sin6_family = AF_INET6;
		address->v6.sin6_port = htons(port);
		return sizeof(address->v6);
	}
	return 0;
}

static int open_at(union any_address *address, socklen_t length)
{
	int on = 1;
	int fd = socket(address->common.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (bind(fd, &address->common, length) == 0 && listen(fd, SOMAXCONN) == 0 &&
		getsockname(fd, &address->common, &length) == 0)
		return fd;
	int failed = errno;
	close(fd);
	errno = failed;
	return -1;
}

bool listen_open(const char *address, uint16_t port, int *own_socket, uint16_t *chosen, struct error *err)
{
	union any_address parsed;
	socklen_t length = parse_address(*address ? address : "::", port, &parsed);
	if (length == 0)
		return error_set(err, ERROR_REJECTED, "cannot listen on %s: it is not an IP address", address);
	int fd = open_at(&parsed, length);
	if (fd < 0 && !*address) { /* no IPv6 here */
		length = parse_address("0.0.0.0", port, &parsed);
		fd = open_at(&parsed, length);
	}
	if (fd < 0)
		return error_set(err, ERROR_REJECTED, "cannot listen on port %u of %s: %s", port,
			*address ? address : "any address", strerror(errno));
	*own_socket = fd;
	*chosen = ntohs(parsed.common.sa_family == AF_INET ? parsed.v4.sin_port : parsed.v6.sin6_port);
	return true;
}

bool address_is_loopback(const struct sockaddr *address)
{
	union any_address any;

	if (address->sa_family == AF_INET) {
		memcpy(&any, address, sizeof(any.v4));
		return ntohl(any.v4.sin_addr.s_addr) >> 24 == 127;
	}
	if (address->sa_family != AF_INET6)
		return false;
	memcpy(&any, address, sizeof(any.v6));
	if (IN6_IS_ADDR_V4MAPPED(&any.v6.sin6_addr))
		return any.v6.sin6_addr.s6_addr[12] == 127;
	return IN6_IS_ADDR_LOOPBACK(&any.v6.sin6_addr);
}

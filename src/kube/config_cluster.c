/* An entry of a kubeconfig's clusters: where the API server is, and how we know that it is the one. */
#include <string.h>

#include "kube/kubeconfig.h"

static bool server_read(struct reading *reading, const struct entry *cluster)
{
	const char *server = config_text(cluster->body, "server");
	if (!server)
		return refuse(reading, cluster, "has no server");
	const char *host = text_starts(server, "https://")  ? server + 8
	                   : text_starts(server, "http://") ? server + 7
	                                                    : NULL;
	if (strchr(server, '@'))
		return refuse(reading, cluster, "has a server with credentials in it; they belong into users");
	if (!host || !*host || *host == '/' || strpbrk(server, "?# \t\r\n"))
		return refuse(reading, cluster, "has server \"%s\"; it must look like https://HOST:PORT", server);
	size_t length = strlen(server);
	while (server[length - 1] == '/')
		length--;
	reading->config->own_server = mem_strndup(server, length);
	return true;
}

static bool proxy_read(struct reading *reading, const struct entry *cluster)
{
	const char *proxy = config_text(cluster->body, "proxy-url");
	if (!proxy)
		return true;
	if (!text_starts(proxy, "http://") && !text_starts(proxy, "https://") && !text_starts(proxy, "socks5://"))
		return refuse(
			reading, cluster, "has a proxy-url that does not begin with http://, https:// or socks5://");
	reading->config->peer.proxy = config_keep(reading->config, mem_strdup(proxy));
	return true;
}

bool config_cluster(struct reading *reading, const struct entry *cluster)
{
	struct http_peer *peer = &reading->config->peer;
	if (!server_read(reading, cluster) || !proxy_read(reading, cluster) ||
		!config_flag(reading, cluster, "insecure-skip-tls-verify", &peer->insecure) ||
		!config_pem(reading, cluster, "certificate-authority", &peer->ca_file, &peer->ca_pem))
		return false;
	if (peer->insecure && (peer->ca_file || peer->ca_pem))
		return refuse(
			reading, cluster, "has both a certificate-authority and insecure-skip-tls-verify; remove one");
	const char *name = config_text(cluster->body, "tls-server-name");
	if (name)
		peer->server_name = config_keep(reading->config, mem_strdup(name));
	return true;
}

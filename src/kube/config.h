/* Where the API server is and who we are: a kubeconfig file. (In-cluster configuration and exec plugins come with the
 * issue that needs them.) */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "net/env.h"
#include "net/http.h"

struct kube_config {
	char *own_server;     /* "https://127.0.0.1:6443", without last slash */
	char *own_token;      /* NULL: none */
	char *own_token_file; /* read again at least every minute and after a 401 */
	char *own_namespace;  /* of the context, NULL: none */
	char *own_texts[8];   /* what peer points into */
	struct http_peer peer;
};

/* Reads path (NULL: the KUBECONFIG variable's file given by the caller) and the context (NULL: current-context). Bounds:
 * 1 MiB, depth 16, no aliases. Errors name the file, the entry and what to do; unsupported entries (exec, auth-provider)
 * are named. config is written only on success. */
bool kube_config_load(
	struct env *env, const char *path, const char *context, struct kube_config *config, struct error *err);
void kube_config_done(struct kube_config *config);

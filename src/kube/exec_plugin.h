/* A credential plugin (client.authentication.k8s.io): a program whose output says who we are, and until when. One runs at a
 * time; requests wait for it only when they would have nothing to send. */
#pragma once

#include "kube/login.h"

struct exec_plugin;
struct exec_plugin *exec_plugin_new(struct login *login);
void exec_plugin_free(struct exec_plugin *plugin); /* stops the program; NULL is fine */
/* See login_ready. */
bool exec_plugin_ready(struct exec_plugin *plugin, struct login_wait *wait, loop_fn fn, void *arg);
/* Whether there is a credential; err says what the plugin did wrong. */
bool exec_plugin_good(const struct exec_plugin *plugin, struct error *err);
/* The server refused what the plugin gave. True: the plugin will be asked again. */
bool exec_plugin_refused(struct exec_plugin *plugin);

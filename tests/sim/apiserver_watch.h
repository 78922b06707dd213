/* Between the files of the API server core. */
#pragma once

#include "sim/apiserver.h"

struct apiserver_event {
	uint64_t version;
	const char *type;
	char *own_text;
};

void apiserver_event_free(void *event);
/* The object has changed: type is ADDED, MODIFIED or DELETED. All watches are told. */
void apiserver_publish(struct apiserver *server, const char *type, const cJSON *object);
void apiserver_bookmarks(struct apiserver *server); /* the next ones, in a while */

/* The request is a watch. */
void apiserver_watch(struct apiserver *server, struct fake_call *call);
/* Is the object in the namespace that is asked for? */
bool apiserver_in_namespace(const struct fake_call *call, const cJSON *object);
/* Where the client's knowledge ends: a watch tells what comes after that, even where that is still to come. */
uint64_t apiserver_since(const struct fake_call *call);

/* Calls to one place by one identity, as far as they could share a connection. Curl gives each call that finds none free a
 * connection of its own, before it knows whether one could carry them all. So calls start one after the other, each when the
 * connection of the one before stands, until it is known that the place speaks HTTP/1.1: then as many start at once as may have a
 * connection. Those beyond would wait within curl as well, but each with a buffer for its answer. */
#pragma once

#include "net/curl_call.h"

LIST_HEAD(origin_list, origin);

/* The call starts in a later turn of the loop. While it waits for the connection of another, its time to connect runs. */
void origin_enter(struct origin_list *list, struct curl_call *call);
void origin_leave(struct curl_call *call); /* it ends, started or not; fine where it never entered */

/* Of a call that was started; each may come more than once, for curl tries again. */
void origin_connects(struct curl_call *call); /* it opens a connection */
void origin_connected(struct curl_call *call, bool multiplexed);

/* One request of the curl transport, shared by the files that set it up, drive it and explain its failure. */
#pragma once

#include <curl/curl.h>
#include <sys/queue.h>

#include "net/http.h"
#include "net/trust.h"

struct pool;
struct origin;
struct curl_http;

struct curl_call {
	LIST_ENTRY(curl_call) link;
	struct curl_http *owner;
	struct loop *loop;                   /* the owner's */
	struct pool *pool;                   /* whose connections it uses */
	struct origin *origin;               /* with whom it may share one; NULL: it never gets to that */
	TAILQ_ENTRY(curl_call) waiting_link; /* until it is started */
	uint64_t origin_key;                 /* the same for calls whose connections are alike */
	long connections;                    /* that its pool opens at most for one place; 0: any number */
	bool secure, long_poll;
	bool started;   /* curl has it */
	bool connected; /* once, since it was started */
	bool again;     /* it must be started again */
	int restarts;
	struct trust *system; /* whom to trust where the peer does not say; NULL: that is left to curl */
	struct http_handler handler;
	CURL *own_easy;
	struct curl_slist *own_headers, *own_connect_to;
	char *own_place;           /* "host:port", for messages */
	struct error *own_refusal; /* why it cannot be sent at all, NULL: it can */
	struct timer refusal, connect, total, silence;
	int connect_ms, silence_ms, total_ms;
	bool (*may_leave)(void *arg); /* the request's */
	void *may_leave_arg;
	int status, retry_after_s; /* of the head that is being received */
	char content_type[128], metadata_flavor[32];
	struct str warnings; /* a line for each; what is too much is left out */
	int64_t date_us;
	size_t head_bytes; /* of all heads and trailers so far */
	bool head_told;
	bool flooded;                 /* its head is too large */
	bool stopped;                 /* data said false */
	bool withheld;                /* may_leave said false */
	bool gone;                    /* cancelled: no callback any more */
	bool suspect;                 /* its connection may be dead */
	char detail[CURL_ERROR_SIZE]; /* curl's own words */
};

/* Gives the request to call->own_easy; curl_call_receive sees to the other way. false: it cannot be sent, err says why. */
bool curl_call_set_up(
	struct curl_call *call, const struct http_request *request, const char *user_agent, struct error *err);

/* curl's result as an error: class TRANSIENT, a code, a sentence. Never a header. */
void curl_call_explain(const struct curl_call *call, CURLcode result, struct error *err);

/* Gives the call to curl. */
void curl_call_start(struct curl_call *call);

/* Its connection is being opened, by itself or another call: its time for that runs. */
void curl_call_connects(struct curl_call *call);

/* Makes curl tell call what comes; it is passed on to the handler. */
void curl_call_receive(struct curl_call *call);
void curl_call_heard(struct curl_call *call); /* a byte came: the silence begins anew */

/* Time is up; for timers. The call ends. */
void curl_call_connect_late(void *arg);
void curl_call_silence_late(void *arg);

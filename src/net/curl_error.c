/* What went wrong, said so that a person can act: with whom, what, and the system's or the library's reason. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "net/curl_call.h"

static void set(struct error *err, const char *code, const char *message)
{
	error_set(err, ERROR_TRANSIENT, "%s", message);
	error_code(err, code);
}

/* "connection refused" instead of "Connection refused". */
static const char *system_reason(int number, char *to, size_t size)
{
	text_copy(to, size, number ? strerror(number) : "no address answered");
	if (islower((unsigned char)to[1]))
		to[0] = (char)tolower((unsigned char)to[0]);
	return to;
}

static void explain_connect(const struct curl_call *call, struct error *err)
{
	char message[512], reason[128];
	long number = 0;
	curl_easy_getinfo(call->own_easy, CURLINFO_OS_ERRNO, &number);
	snprintf(message, sizeof(message), "cannot connect to %s: %s", call->own_place,
		system_reason((int)number, reason, sizeof(reason)));
	set(err, number == ECONNREFUSED ? "ConnectionRefused" : "CannotConnect", message);
}

/* Curl's words on certificates are good ones, behind a prefix that says nothing. */
static const char *tls_detail(const struct curl_call *call, CURLcode result)
{
	static const char *const prefixes[] = {"SSL certificate problem: ", "SSL: "};
	const char *detail = *call->detail ? call->detail : curl_easy_strerror(result);
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		if (text_starts(detail, prefixes[i]))
			return detail + strlen(prefixes[i]);
	}
	return detail;
}

static const char *tls_subject(CURLcode result)
{
	switch (result) {
	case CURLE_PEER_FAILED_VERIFICATION:
		return "the certificate is not accepted";
	case CURLE_SSL_CACERT_BADFILE:
		return "the CA certificates cannot be used";
	case CURLE_SSL_CERTPROBLEM:
		return "our client certificate cannot be used";
	default:
		return "TLS failed";
	}
}

static void explain_tls(const struct curl_call *call, CURLcode result, struct error *err)
{
	char message[768];
	snprintf(
		message, sizeof(message), "%s: %s: %s", call->own_place, tls_subject(result), tls_detail(call, result));
	set(err, "Tls", message);
}

static const struct {
	CURLcode result;
	const char *code, *format; /* of the place */
} others[] = {
	{CURLE_COULDNT_RESOLVE_HOST, "NameNotFound", "cannot connect to %s: the name has no address"},
	{CURLE_COULDNT_RESOLVE_PROXY, "NameNotFound", "cannot connect to %s: the proxy's name has no address"},
	{CURLE_PROXY, "Proxy", "cannot connect to %s: the proxy refused"},
	{CURLE_OPERATION_TIMEDOUT, "Timeout", "cannot connect to %s: no answer in time"},
	{CURLE_GOT_NOTHING, "Closed", "%s closed the connection without an answer"},
	{CURLE_RECV_ERROR, "Closed", "the connection to %s broke"},
	{CURLE_SEND_ERROR, "Closed", "the connection to %s broke while the request was sent"},
	{CURLE_PARTIAL_FILE, "Closed", "%s closed the connection in the middle of the answer"},
	{CURLE_HTTP2, "Closed", "the HTTP/2 connection to %s broke"},
	{CURLE_HTTP2_STREAM, "Closed", "%s broke off the answer"},
	{CURLE_UNSUPPORTED_PROTOCOL, "NotHttp", "%s does not speak HTTP"},
	{CURLE_WEIRD_SERVER_REPLY, "NotHttp", "%s does not speak HTTP"},
	{CURLE_URL_MALFORMAT, "BadUrl", "the URL for %s is malformed"},
};

static void explain_other(const struct curl_call *call, CURLcode result, struct error *err)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		if (others[i].result != result)
			continue;
		error_set(err, ERROR_TRANSIENT, others[i].format, call->own_place);
		error_code(err, others[i].code);
		return;
	}
	error_set(err, ERROR_TRANSIENT, "the exchange with %s failed: %s", call->own_place, curl_easy_strerror(result));
	error_code(err, "Transport");
}

void curl_call_explain(const struct curl_call *call, CURLcode result, struct error *err)
{
	switch (result) {
	case CURLE_COULDNT_CONNECT:
		explain_connect(call, err);
		return;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_CLIENTCERT:
		explain_tls(call, result, err);
		return;
	default:
		explain_other(call, result, err);
	}
}

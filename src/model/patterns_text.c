/* Forms of what is no resource's name: parts of requests, and what machines are told. In the manner of patterns.c. */
#include "model/patterns_internal.h"

static bool is_container_image(const char *text)
{
	return one_of(text[0], LOWER DIGIT) && text[strspn(text, UPPER LOWER DIGIT "._:/@-")] == '\0';
}

static bool is_one_line(const char *text)
{
	while (*text && (unsigned char)*text >= ' ' && *text != 0x7F)
		text++;
	return *text == '\0';
}

#define TOKEN UPPER LOWER DIGIT "!#$%&'*+.^_|~-"

static bool is_header_name(const char *text)
{
	return text[0] && text[strspn(text, TOKEN)] == '\0';
}

static bool is_header_line(const char *text)
{
	size_t name = strspn(text, TOKEN);
	return name > 0 && text[name] == ':' && is_one_line(text + name + 1);
}

static bool is_request_path(const char *text)
{
	if (*text++ != '/')
		return false;
	while (*text >= '!' && *text <= '~')
		text++;
	return *text == '\0';
}

static bool is_secret_member(const char *text)
{
	return text[0] && text[strspn(text, UPPER LOWER DIGIT "-._")] == '\0';
}

static bool is_bucket(const char *text)
{
	return slice_is(text, strlen(text), LOWER DIGIT, LOWER DIGIT "-._", LOWER DIGIT);
}

/* "404", "4xx" */
static bool is_error_code(const char *text)
{
	bool class = text_equal(text + (text[0] != '\0'), "xx");
	return one_of(text[0], "45") && (class || (strlen(text) == 3 && text[1 + strspn(text + 1, DIGIT)] == '\0'));
}

/* A file below "/". */
static bool is_page(const char *text)
{
	return is_request_path(text) && text[1] && !text_ends(text, "/");
}

/* ":method" and the like are names, too. */
static bool is_match_header(const char *text)
{
	return is_header_name(text[0] == ':' ? text + 1 : text);
}

/* "/a", "/a/b", and a star after the last slash only. */
static bool is_rule_path(const char *text)
{
	const char *star = strchr(text, '*');
	if (text[0] != '/' || (star && (star[1] || star[-1] != '/')))
		return false;
	for (; *text; text++) {
		if (*text < '!' || *text > '~' || strchr("?#", *text))
			return false;
	}
	return true;
}

static bool is_port(const char *text)
{
	size_t length = strspn(text, DIGIT);
	return length >= 1 && length <= 5 && !text[length];
}

/* "*", "a.example.com", "*.example.com", "*-a.example.com", and each with a port. */
static bool is_route_host(const char *text)
{
	const char *port = strchr(text, ':');
	size_t length = port ? (size_t)(port - text) : strlen(text);
	if (port && !is_port(port + 1))
		return false;
	if (text[0] == '*') {
		if (length == 1)
			return true;
		text++;
		length--;
		if (strchr(".-", text[0])) {
			text++;
			length--;
		}
	}
	return slice_is(text, length, LOWER DIGIT, LOWER DIGIT ".-", LOWER DIGIT);
}

static bool is_env_name(const char *text)
{
	return one_of(text[0], UPPER LOWER "_") && text[strspn(text, UPPER LOWER DIGIT "_")] == '\0';
}

static bool is_folder(const char *text)
{
	return text[0] == '/' && text[strspn(text, UPPER LOWER DIGIT "/._-")] == '\0';
}

/* "/8" to "/32" */
static bool is_range_size(const char *text)
{
	if (text[0] != '/' || !one_of(text[1], DIGIT))
		return false;
	if (!text[2])
		return text[1] >= '8';
	if (!one_of(text[2], DIGIT) || text[3])
		return false;
	return text[1] == '1' || text[1] == '2' || (text[1] == '3' && text[2] <= '2');
}

static bool is_decimal(const char *text)
{
	size_t whole = strspn(text, DIGIT), part;
	if (whole < 1 || whole > 9)
		return false;
	if (text[whole] != '.')
		return text[whole] == '\0';
	part = strspn(text + whole + 1, DIGIT);
	return part >= 1 && part <= 6 && text[whole + 1 + part] == '\0';
}

const struct pattern pattern_decimal = {
	"^[0-9]{1,9}(\\.[0-9]{1,6})?$",
	NULL,
	is_decimal,
};

const struct pattern pattern_request_path = {
	"^/[!-~]*$",
	"requestPath begins with / and holds no blanks; percent-encode what is not ASCII",
	is_request_path,
};

const struct pattern pattern_container_image = {
	"^[a-z0-9][a-zA-Z0-9._:/@-]*$",
	NULL,
	is_container_image,
};

const struct pattern pattern_one_line = {
	"^[^[:cntrl:]]*$",
	NULL,
	is_one_line,
};

const struct pattern pattern_header_name = {
	"^[!#$%&'*+.^_|~0-9A-Za-z-]+$",
	NULL,
	is_header_name,
};

const struct pattern pattern_secret_member = {
	"^[-._a-zA-Z0-9]+$",
	NULL,
	is_secret_member,
};

const struct pattern pattern_bucket = {
	"^[a-z0-9]([-a-z0-9._]*[a-z0-9])?$",
	NULL,
	is_bucket,
};

const struct pattern pattern_error_code = {
	"^[45](xx|[0-9][0-9])$",
	NULL,
	is_error_code,
};

const struct pattern pattern_page = {
	"^/[!-~]*[!-.0-~]$",
	NULL,
	is_page,
};

const struct pattern pattern_header_line = {
	"^[!#$%&'*+.^_|~0-9A-Za-z-]+:[^[:cntrl:]]*$",
	NULL,
	is_header_line,
};

const struct pattern pattern_url_path = {
	"^/[!-~]*$",
	NULL,
	is_request_path,
};

const struct pattern pattern_match_header = {
	"^:?[!#$%&'*+.^_|~0-9A-Za-z-]+$",
	NULL,
	is_match_header,
};

const struct pattern pattern_rule_path = {
	"^/(([!-\"$-)+->@-~]*/)?\\*|[!-\"$-)+->@-~]*)$",
	NULL,
	is_rule_path,
};

const struct pattern pattern_route_host = {
	"^(\\*|(\\*[.-]?)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:[0-9]{1,5})?$",
	NULL,
	is_route_host,
};

const struct pattern pattern_env_name = {
	"^[A-Za-z_][A-Za-z0-9_]*$",
	NULL,
	is_env_name,
};

const struct pattern pattern_folder = {
	"^/[A-Za-z0-9/._-]*$",
	NULL,
	is_folder,
};

const struct pattern pattern_range_size = {
	"^/([89]|[12][0-9]|3[0-2])$",
	"the size of an alias range goes from /8 to /32",
	is_range_size,
};

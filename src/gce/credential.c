#include "gce/credential.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "gce/url.h"

void credential_init(struct credential *credential, const struct credential_ops *ops, const struct credential_io *io,
	char *own_subject)
{
	*credential = (struct credential){.ops = ops, .type = ops->type, .io = *io, .own_subject = own_subject};
	credential->own_universe = mem_strdup(CREDENTIAL_UNIVERSE);
}

void credential_fetch(struct credential *credential, access_fn fn, void *arg)
{
	assert(!credential->fn);
	credential->fn = fn;
	credential->arg = arg;
	credential->ops->fetch(credential);
}

void credential_cancel(struct credential *credential)
{
	if (!credential->fn)
		return;
	credential->ops->cancel(credential);
	credential->fn = NULL;
}

void credential_free(struct credential *credential)
{
	if (!credential)
		return;
	credential_cancel(credential);
	mem_free(credential->own_subject);
	mem_free(credential->own_universe);
	mem_free(credential->own_quota_project);
	mem_free(credential->own_project);
	credential->ops->free(credential);
}

void credential_tell(struct credential *credential, const struct access *access, const struct error *err)
{
	access_fn fn = credential->fn;

	credential->fn = NULL;
	fn(credential->arg, access, err);
}

/* A project of a domain, "d.test:p", stands in names as "p.d.test". */
char *credential_project_of(const char *email)
{
	static const char domain[] = ".iam.gserviceaccount.com";
	const char *at = email ? strchr(email, '@') : NULL;

	if (!at || !text_ends(at, domain))
		return NULL;
	AUTO_FREE char *name = mem_strndup(at + 1, strlen(at + 1) - strlen(domain));
	char *dot = strchr(name, '.');
	if (!dot)
		return *name ? TAKE(name) : NULL;
	*dot = '\0';
	return mem_printf("%s:%s", dot + 1, name);
}

static bool refuse(struct error *err, const char *name, const char *why)
{
	error_set(err, ERROR_REJECTED, "its \"%s\" %s", name, why);
	return error_reason(err, "PermissionDenied"), false;
}

const char *credential_text(const cJSON *info, const char *name, struct error *err)
{
	const char *text = json_text(info, name);

	if (text && *text)
		return text;
	refuse(err, name, json_member(info, name) ? "is empty or no text" : "is missing");
	return NULL;
}

const char *credential_address(
	const cJSON *info, const char *name, const char *otherwise, const char *universe, struct error *err)
{
	if (otherwise && !json_has(info, name))
		return otherwise;
	const char *address = credential_text(info, name, err);
	if (!address || address_is_trusted(address, universe))
		return address;
	error_set(err, ERROR_REJECTED, "its \"%s\" must be an https:// address below %s: a secret is sent there", name,
		universe);
	error_reason(err, "PermissionDenied");
	return NULL;
}

struct credential *credential_from_json(
	const struct credential_io *io, const cJSON *info, const char *scope, struct error *err)
{
	const char *type = credential_text(info, "type", err);

	if (!type)
		return NULL;
	if (text_equal(type, "service_account"))
		return service_account_new(io, info, scope, err);
	if (text_equal(type, "authorized_user"))
		return authorized_user_new(io, info, err);
	if (text_equal(type, "external_account"))
		return external_account_new(io, info, scope, err);
	if (text_equal(type, "impersonated_service_account"))
		return impersonated_new(io, info, scope, err);
	error_set(err, ERROR_REJECTED,
		"its \"type\" %.60s is not one of service_account, authorized_user, external_account, "
		"impersonated_service_account",
		type);
	error_reason(err, "PermissionDenied");
	return NULL;
}

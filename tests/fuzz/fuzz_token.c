/* What the services that give out tokens answer: the token endpoint, STS, IAM, the metadata server, a program, a file. The first
 * part's number chooses whom we ask. */
#include "credential_session.h"

#include "base/str.h"

#define POOL "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/p"
#define USER                                                                                                           \
	"\"type\":\"authorized_user\",\"client_id\":\"id\",\"client_secret\":\"c4n4ry.a\",\"refresh_token\":\"c4n4ry." \
	"b\""
#define EXTERNAL                                                                                                       \
	"\"type\":\"external_account\",\"audience\":\"" POOL                                                           \
	"\",\"subject_token_type\":\"urn:ietf:params:oauth:token-type:jwt\""
#define ACCOUNT                                                                                                        \
	"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a@p.iam.gserviceaccount.com:"             \
	"generateAccessToken"

static const char *const kinds[] = {
	"metadata",
	"token-file",
	"{" USER "}",
	"{\"type\":\"service_account\",\"client_email\":\"a@p.iam.gserviceaccount.com\",\"private_key\":\"KEY\","
	"\"token_uri\":\"https://oauth2.googleapis.com/token\"}",
	"{" EXTERNAL ",\"credential_source\":{\"file\":\"/subject\"}}",
	"{" EXTERNAL ",\"credential_source\":{\"url\":\"http://127.0.0.1:9/\",\"format\":{\"type\":\"json\","
	"\"subject_token_field_name\":\"t\"}},\"service_account_impersonation_url\":\"" ACCOUNT "\"}",
	"{" EXTERNAL ",\"credential_source\":{\"executable\":{\"command\":\"/bin/true\"}}}",
	"{\"type\":\"impersonated_service_account\",\"service_account_impersonation_url\":\"" ACCOUNT
	"\",\"source_credentials\":{" USER "}}",
};
enum { KINDS = sizeof(kinds) / sizeof(*kinds) };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	JSON_WORK(work);
	AUTO_STR struct str text = STR_INIT(1 << 20);
	size_t kind = length ? (size_t)(bytes[0] - '0') % KINDS : 0;
	str_addf(&text, "%s\n%%\n", kinds[kind]);
	if (length > 2)
		str_add(&text, (const char *)bytes + 2, length - 2);
	credential_session((struct input){str_text(&text), text.length, false});
	return 0;
}

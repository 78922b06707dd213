/* The front: where clients arrive, certificates, and the firewall behind it. */
#include "model/types_internal.h"

static const char *const scheme_words[] = {"EXTERNAL_MANAGED", "EXTERNAL", NULL};
static const struct type scheme = {.kind = TYPE_STRING, .words = scheme_words};
static const char *const address_words[] = {"Reserved", "Named", "Ephemeral", NULL};
static const struct type address_type = {.kind = TYPE_STRING, .words = address_words};

static const struct field address_fields[] = {
	{"type", &address_type, AT(char *, struct lb_address, type), .fallback = "Reserved", .change = CHANGE_FRONT,
		.text = "Reserved: one that the controller reserves, and gives back when the object goes. Named: the "
			"existing global address called name. Ephemeral: one that lives and dies with the forwarding "
			"rule. Another kind is another address: let DNS follow."},
	{"name", &type_label, AT(char *, struct lb_address, name), .change = CHANGE_FRONT,
		.text = "Name of an existing global address of the project; needed with type Named, and only then."},
};
static const struct type address = {
	.kind = TYPE_OBJECT, FIELDS(address_fields), .size = sizeof(struct lb_address), .rules = address_rules};

/* tls */

static const struct type entry_name = TEXT(1, 30, .pattern = &pattern_label);
static const struct type domain = TEXT(1, 253, .pattern = &pattern_domain);
static const struct type domains = {.kind = TYPE_LIST,
	.least = 1,
	.most = 100,
	.form = LIST_SET,
	.item = &domain,
	.item_text = "A full domain name, without wildcard."};

const struct type type_secret_name = TEXT(1, 253, .pattern = &pattern_secret_name);
static const struct field secret_ref_fields[] = {
	{"name", &type_secret_name, AT(char *, struct lb_secret_ref, name), .required = true,
		.change = CHANGE_CERTIFICATE, .text = "Name of the Secret, in the namespace of this object."},
};
static const struct type secret_ref = {
	.kind = TYPE_OBJECT, FIELDS(secret_ref_fields), .size = sizeof(struct lb_secret_ref)};

static const struct field certificate_fields[] = {
	{"name", &entry_name, AT(char *, struct lb_certificate, name), .required = true, .change = CHANGE_CERTIFICATE,
		.text = "Name of the entry, part of the certificate's name."},
	{"domains", &domains, AT(struct lb_texts, struct lb_certificate, domains), .change = CHANGE_CERTIFICATE,
		.text = "Have Google obtain and renew one certificate for these domains. Their DNS must point to "
			"status.address; status.certificates says what is missing. It takes some 10 to 60 minutes."},
	{"secretRef", &secret_ref, AT(struct lb_secret_ref, struct lb_certificate, secret_ref),
		.text = "Upload the chain tls.crt and the key tls.key of a Secret (type kubernetes.io/tls). It is read "
			"again every five minutes; what changed is uploaded anew, and takes the old one's place "
			"without a "
			"gap. The controller must be allowed to get this one Secret; the status says how."},
	{"sslCertificate", &type_label, AT(char *, struct lb_certificate, ssl_certificate), .change = CHANGE_PLACE,
		.text = "Name of an existing global certificate of Compute Engine."},
};
static const struct type certificate = {.kind = TYPE_OBJECT,
	FIELDS(certificate_fields),
	.size = sizeof(struct lb_certificate),
	.rules = certificate_rules};
static const struct type certificates = {.kind = TYPE_LIST,
	.least = 1,
	.most = 15,
	.form = LIST_KEYED,
	.keys = {"name"},
	.item = &certificate,
	.item_text = "One certificate: exactly one of domains, secretRef and sslCertificate."};

static const char *const profile_words[] = {"COMPATIBLE", "MODERN", "RESTRICTED", "CUSTOM", NULL};
static const struct type profile = {.kind = TYPE_STRING, .words = profile_words};
static const char *const version_words[] = {"TLS_1_0", "TLS_1_1", "TLS_1_2", NULL};
static const struct type version = {.kind = TYPE_STRING, .words = version_words};
static const struct type feature = TEXT(1, 128);
static const struct type features = {.kind = TYPE_LIST,
	.least = 1,
	.most = 32,
	.form = LIST_SET,
	.item = &feature,
	.item_text = "A cipher such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256."};

static const struct field ssl_policy_fields[] = {
	{"name", &type_label, AT(char *, struct lb_ssl_policy, name), .change = CHANGE_PLACE,
		.text = "Name of an existing SSL policy of the project."},
	{"profile", &profile, AT(char *, struct lb_ssl_policy, profile), .change = CHANGE_PLACE,
		.text = "Have a policy made with these ciphers: COMPATIBLE the most, RESTRICTED the fewest, CUSTOM "
			"those of customFeatures."},
	{"minTlsVersion", &version, AT(char *, struct lb_ssl_policy, min_tls_version), .change = CHANGE_PLACE,
		.text = "Oldest version of TLS that the made policy takes. Unset: TLS_1_2."},
	{"customFeatures", &features, AT(struct lb_texts, struct lb_ssl_policy, custom_features),
		.change = CHANGE_PLACE, .text = "Ciphers of profile CUSTOM, and only of that."},
};
static const struct type ssl_policy = {.kind = TYPE_OBJECT,
	FIELDS(ssl_policy_fields),
	.size = sizeof(struct lb_ssl_policy),
	.rules = ssl_policy_rules};

static const char *const quic_words[] = {"NONE", "ENABLE", "DISABLE", NULL};
static const struct type quic = {.kind = TYPE_STRING, .words = quic_words};
static const char *const early_words[] = {"DISABLED", "STRICT", "PERMISSIVE", "UNRESTRICTED", NULL};
static const struct type early = {.kind = TYPE_STRING, .words = early_words};
static const struct type server_policy = TEXT(1, 256, .pattern = &pattern_tls_policy);
static const char *const http_words[] = {"Redirect", "Serve", "Disable", NULL};
static const struct type http_policy = {.kind = TYPE_STRING, .words = http_words};
static const char *const code_words[] = {
	"MOVED_PERMANENTLY_DEFAULT", "FOUND", "SEE_OTHER", "TEMPORARY_REDIRECT", "PERMANENT_REDIRECT", NULL};
static const struct type redirect_code = {.kind = TYPE_STRING, .words = code_words};

static const struct field tls_fields[] = {
	{"port", &type_port, AT(int64_t, struct lb_tls, port), .fallback = "443", .change = CHANGE_FRONT,
		.text = "Port where clients arrive, by HTTPS. Google obtains managed certificates on 443 only."},
	{"certificates", &certificates, AT(struct lb_certificates, struct lb_tls, certificates), .change = CHANGE_PLACE,
		.text = "Certificates, 1 to 15. Clients get the one that fits the host they name; the first serves "
			"those that name none. What an entry had before serves until the new one does, and what leaves "
			"the list until all that is in it does."},
	{"certificateMap", &type_label, AT(char *, struct lb_tls, certificate_map), .change = CHANGE_PLACE,
		.text = "Name of a certificate map of Certificate Manager in the project, instead of certificates. On "
			"the way "
			"from a map to domains clients have no certificate until Google has obtained it."},
	{"sslPolicy", &ssl_policy, AT(struct lb_ssl_policy, struct lb_tls, ssl_policy),
		.text = "Versions of TLS and ciphers: an existing policy by name, or one that is made. Unset: Google's "
			"default."},
	{"quicOverride", &quic, AT(char *, struct lb_tls, quic_override), .fallback = "NONE", .change = CHANGE_PLACE,
		.text = "Whether HTTP/3 is offered. NONE: Google decides."},
	{"tlsEarlyData", &early, AT(char *, struct lb_tls, tls_early_data), .fallback = "DISABLED",
		.change = CHANGE_PLACE,
		.text = "Which requests are taken before the handshake of TLS 1.3 is over (0-RTT); they can be "
			"replayed. STRICT: safe methods without query; PERMISSIVE: safe methods; UNRESTRICTED: all."},
	{"serverTlsPolicy", &server_policy, AT(char *, struct lb_tls, server_tls_policy), .change = CHANGE_PLACE,
		.text = "Policy that asks clients for certificates: "
			"projects/PROJECT/locations/global/serverTlsPolicies/NAME. Unset: they are not asked."},
	{"httpPolicy", &http_policy, AT(char *, struct lb_tls, http_policy), .fallback = "Redirect",
		.change = CHANGE_PLACE,
		.text = "What frontend.port does beside HTTPS: send clients to HTTPS, which begins when HTTPS serves; "
			"serve the same; or not be there."},
	{"redirectResponseCode", &redirect_code, AT(char *, struct lb_tls, redirect_response_code),
		.change = CHANGE_PLACE, .text = "Status of the redirect. Unset: MOVED_PERMANENTLY_DEFAULT (301)."},
};
static const struct type tls = {
	.kind = TYPE_OBJECT, FIELDS(tls_fields), .size = sizeof(struct lb_tls), .rules = tls_rules};

/* ipv6, labels */

static const struct field ipv6_fields[] = {
	{"address", &address, AT(struct lb_address, struct lb_ipv6, address), .fallback = "{}",
		.text = "IPv6 address where clients arrive."},
};
static const struct type ipv6 = {.kind = TYPE_OBJECT, FIELDS(ipv6_fields), .size = sizeof(struct lb_ipv6)};
static const struct type label_value = TEXT(0, 63, .pattern = &pattern_label_value);
static const struct type labels = {
	.kind = TYPE_MAP, .most = 56, .item = &label_value, .rules = labels_rules, .item_text = "Value of the label."};
static const struct type keep_alive = INTEGER(5, 1200);

/* migration */

static const struct type share = INTEGER(1, 99);
static const struct type pause = INTEGER(0, 604800);
static const char *const step_words[] = {"PREPARE", "TEST_BY_PERCENTAGE", "TEST_ALL_TRAFFIC", NULL};
static const struct type step = {.kind = TYPE_STRING, .words = step_words};
static const struct field migration_fields[] = {
	{"testingPercentage", &share, AT(int64_t, struct lb_migration, testing_percentage), .fallback = "10",
		.unit = "percent", .change = CHANGE_OURS,
		.text = "Share of the requests that EXTERNAL_MANAGED serves in the step TEST_BY_PERCENTAGE."},
	{"stepSec", &pause, AT(int64_t, struct lb_migration, step_sec), .fallback = "600", .unit = "seconds",
		.change = CHANGE_OURS,
		.text = "Time to stay in each step. Google asks for at least 360: so long a step takes to be "
			"everywhere."},
	{"holdAt", &step, AT(char *, struct lb_migration, hold_at), .change = CHANGE_OURS,
		.text = "Stay in this step, in both directions, until it is removed or another one."},
};
static const struct type migration = {
	.kind = TYPE_OBJECT, FIELDS(migration_fields), .size = sizeof(struct lb_migration)};

static const struct field frontend_fields[] = {
	{"loadBalancingScheme", &scheme, AT(char *, struct lb_frontend, load_balancing_scheme),
		.fallback = "EXTERNAL_MANAGED", .change = CHANGE_PLACE,
		.text = "EXTERNAL_MANAGED: the current global load balancer. EXTERNAL: the classic one, with fewer "
			"features. A change migrates step by step, see migration. To EXTERNAL goes back only what came "
			"from there within 90 days."},
	{"port", &type_port, AT(int64_t, struct lb_frontend, port), .fallback = "80", .change = CHANGE_FRONT,
		.text = "Port where clients arrive, by HTTP."},
	{"address", &address, AT(struct lb_address, struct lb_frontend, address), .fallback = "{}",
		.text = "IPv4 address where clients arrive."},
	{"ipv6", &ipv6, AT(struct lb_ipv6, struct lb_frontend, ipv6),
		.text = "Let clients arrive by IPv6, too, on the same ports; ipv6: {} reserves an address. Machines "
			"are "
			"reached by IPv4 all the same. Unset: IPv4 only."},
	{"httpKeepAliveTimeoutSec", &keep_alive, AT(int64_t, struct lb_frontend, http_keep_alive_timeout_sec),
		.unit = "seconds", .change = CHANGE_PLACE,
		.text = "Time that the connection of a client stays open without a request; needs "
			"loadBalancingScheme EXTERNAL_MANAGED. Unset: 610."},
	{"labels", &labels, AT(struct lb_map, struct lb_frontend, labels), .change = CHANGE_PLACE,
		.text = "Labels of forwarding rules and reserved addresses, for instance for billing; others are taken "
			"away. Unset: labels are left as they are."},
	{"tls", &tls, AT(struct lb_tls, struct lb_frontend, tls), .text = "HTTPS. Unset: HTTP only."},
	{"migration", &migration, AT(struct lb_migration, struct lb_frontend, migration),
		.text = "Pace of a change of loadBalancingScheme: PREPARE, TEST_BY_PERCENTAGE, TEST_ALL_TRAFFIC, then "
			"the "
			"new scheme; backwards to EXTERNAL. Unset: 10 percent, 600 seconds."},
};
const struct type type_frontend = {
	.kind = TYPE_OBJECT, FIELDS(frontend_fields), .size = sizeof(struct lb_frontend), .rules = frontend_rules};

static const struct type priority = INTEGER(0, 65534);

static const char *const metadata_words[] = {"INCLUDE_ALL_METADATA", "EXCLUDE_ALL_METADATA", NULL};
static const struct type log_metadata = {.kind = TYPE_STRING, .words = metadata_words};
static const struct field log_fields[] = {
	{"enable", &type_flag, AT(bool, struct lb_firewall_log, enable), .change = CHANGE_PLACE,
		.text = "Log each connection that the rule lets through, to Cloud Logging. Unset: false."},
	{"metadata", &log_metadata, AT(char *, struct lb_firewall_log, metadata), .change = CHANGE_PLACE,
		.text = "Whether what is known of the machine goes along; needs enable. Unset: INCLUDE_ALL_METADATA."},
};
static const struct type log_config = {
	.kind = TYPE_OBJECT, FIELDS(log_fields), .size = sizeof(struct lb_firewall_log), .rules = firewall_log_rules};

static const struct field firewall_fields[] = {
	{"managed", &type_flag, AT(bool, struct lb_firewall, managed), .fallback = "true", .change = CHANGE_PLACE,
		.text = "Make the rule, and with training another one. False: somebody else opens the ports on which "
			"backends serve and are probed to "
			"130.211.0.0/22 and 35.191.0.0/16, and machines of a training cluster to each other."},
	{"priority", &priority, AT(int64_t, struct lb_firewall, priority), .fallback = "1000", .change = CHANGE_PLACE,
		.text = "Priority of the rule; the lower number wins."},
	{"logConfig", &log_config, AT(struct lb_firewall_log, struct lb_firewall, log_config),
		.text = "Logs of the rule. Unset: none."},
};
const struct type type_firewall = {.kind = TYPE_OBJECT, FIELDS(firewall_fields), .size = sizeof(struct lb_firewall)};

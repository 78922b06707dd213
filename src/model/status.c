/* The table of types of the status (reconcile writes it): for the schema only, no C struct. */
#include "model/types.h"

#include <stddef.h>

enum { NAMES = 253, WORDS = 1024, SENTENCES = 4096 };

static const struct type flag = {.kind = TYPE_BOOLEAN};
static const struct type count = INTEGER(0, INT32_MAX);
static const struct type generation = INTEGER(-1, INT64_MAX);
static const struct type name = TEXT(0, NAMES);
static const struct type text = TEXT(0, WORDS);
static const struct type long_text = TEXT(0, SENTENCES);
static const struct type url = TEXT(0, 512);

static const struct type display_text = TEXT(0, 4096); /* 32 pools with a name of 63 characters each fit */
static const struct field display_fields[] = {
	{"pools", &display_text, .text = "Healthy and wanted machines by pool, such as \"cpu 3/3, gpu 2/2\"."},
	{"templates", &display_text, .text = "Instance template of each pool."},
};
static const struct type display = {.kind = TYPE_OBJECT, FIELDS(display_fields)};

static const struct field failure_fields[] = {
	{"zone", &name, .text = "Zone.", .required = true},
	{"code", &name, .text = "The cloud's code, such as ZONE_RESOURCE_POOL_EXHAUSTED.", .required = true},
	{"message", &long_text, .text = "The cloud's words, and the way out."},
	{"machine", &name, .text = "Machine that failed."},
};
static const struct type failure = {.kind = TYPE_OBJECT, FIELDS(failure_fields)};
static const struct type failures = {.kind = TYPE_LIST,
	.least = 0,
	.most = 16,
	.form = LIST_KEYED,
	.keys = {"zone"},
	.item = &failure,
	.item_text = "One failure."};

static const struct type moment = TEXT(0, 64, .format = "date-time");
static const struct field rolled_back_fields[] = {
	{"template", &name, .text = "Instance template that failed."},
	{"inputs", &name,
		.text = "Digest of what the spec said. The update is tried again when that is another; sizes do not "
			"count."},
	{"message", &long_text, .text = "Why it failed."},
};
static const struct type rolled_back = {.kind = TYPE_OBJECT, FIELDS(rolled_back_fields)};

static const struct field canary_fields[] = {
	{"template", &name, .text = "Instance template that they are at or going to."},
	{"replicas", &count, .text = "Machines at it."},
	{"readyReplicas", &count, .text = "Healthy ones of these."},
};
static const struct type canary = {.kind = TYPE_OBJECT, FIELDS(canary_fields)};

static const struct field pool_fields[] = {
	{"name", &name, .text = "Name of the pool.", .required = true},
	{"location", &name, .text = "Zone or region."},
	{"group", &name, .text = "Name of the instance group manager."},
	{"targetReplicas", &count, .text = "Size that is wanted."},
	{"replicas", &count, .text = "Machines that exist."},
	{"updatedReplicas", &count, .text = "Machines at the wanted template."},
	{"readyReplicas", &count, .text = "Healthy machines."},
	{"template", &name, .text = "Instance template that the pool is at or going to."},
	{"stable", &flag, .text = "No machine is changing."},
	{"canary", &canary, .text = "Canary machines; absent without, and when they were given up."},
	{"healthyTemplate", &name,
		.text = "Last instance template at which the pool was healthy; where an update that fails goes back "
			"to."},
	{"rolledBack", &rolled_back, .text = "Update that failed, while the pool is back at healthyTemplate."},
	{"progressTime", &moment, .text = "When the update that runs came nearer its end last; absent at rest."},
	{"errors", &failures, .text = "Last failure of a machine in each zone; gone when the pool is at rest."},
};
static const struct type pool = {.kind = TYPE_OBJECT, FIELDS(pool_fields)};
static const struct type pools = {.kind = TYPE_LIST,
	.least = 0,
	.most = 64,
	.form = LIST_KEYED,
	.keys = {"name"},
	.item = &pool,
	.item_text = "One pool."};

static const struct field backend_fields[] = {
	{"name", &name, .text = "Name of the backend.", .required = true},
	{"service", &name, .text = "Name of the backend service, or of the backend bucket."},
	{"replicas", &count, .text = "Machines of the pools that serve it. Unset: it is a bucket."},
	{"readyReplicas", &count,
		.text = "Machines that are healthy by its own probe. Unset when nothing is probed: no pool serves it, "
			"or no request is led there."},
};
static const struct type backend = {.kind = TYPE_OBJECT, FIELDS(backend_fields)};
static const struct type backends = {.kind = TYPE_LIST,
	.least = 0,
	.most = 17,
	.form = LIST_KEYED,
	.keys = {"name"},
	.item = &backend,
	.item_text = "One backend."};

static const char *const state_words[] = {"Ready", "Creating", "Updating", "Deleting", "Waiting", "Failed", "Foreign",
	"Drifted", "Kept", "Unknown", NULL};
static const struct type state = {.kind = TYPE_STRING, .words = state_words};
static const struct field resource_fields[] = {
	{"kind", &name, .text = "Kind, as in Compute Engine.", .required = true},
	{"role", &name, .text = "What it is for, such as url-map or group/POOL."},
	{"name", &name, .text = "Name in Compute Engine.", .required = true},
	{"location", &name, .text = "Zone or region; unset: it is global."},
	{"state", &state, .required = true,
		.text = "As last read. Foreign: somebody else's resource has our name. Kept: no longer wanted and "
			"still "
			"there, such as an address that an edit let go, or an earlier template to go back to."},
	{"message", &text, .text = "Why it is not Ready."},
};
static const struct type resource = {.kind = TYPE_OBJECT, FIELDS(resource_fields)};
static const struct type resources = {.kind = TYPE_LIST,
	.least = 0,
	.most = 512,
	.form = LIST_KEYED,
	.keys = {"kind", "name"},
	.item = &resource,
	.item_text = "One resource."};

static const struct field image_fields[] = {
	{"source", &name, .text = "Family, as a full path.", .required = true},
	{"revision", &name, .text = "template.revision with which it was looked up; empty: none.", .required = true},
	{"image", &name, .text = "Image that machines are made of."},
	{"newerImage", &name, .text = "Image that the family stands for by now, where that is another."},
};
static const struct type image = {.kind = TYPE_OBJECT, FIELDS(image_fields)};
static const struct type images = {.kind = TYPE_LIST,
	.most = 256,
	.form = LIST_KEYED,
	.keys = {"source", "revision"},
	.item = &image,
	.item_text = "One family."};

static const struct field certificate_domain_fields[] = {
	{"domain", &name, .text = "Domain.", .required = true},
	{"state", &name, .text = "As Compute Engine says: PROVISIONING, ACTIVE, FAILED_NOT_VISIBLE, ..."},
	{"message", &text, .text = "What DNS must say so that the certificate can be had."},
};
static const struct type certificate_domain = {.kind = TYPE_OBJECT, FIELDS(certificate_domain_fields)};
static const struct type certificate_domains = {.kind = TYPE_LIST,
	.least = 0,
	.most = 100,
	.form = LIST_KEYED,
	.keys = {"domain"},
	.item = &certificate_domain,
	.item_text = "One domain."};
static const struct type end = TEXT(0, 64, .format = "date-time");
static const struct field certificate_fields[] = {
	{"name", &name, .text = "Name of the entry in spec.frontend.tls.certificates.", .required = true},
	{"resource", &name, .text = "Name in Compute Engine."},
	{"state", &name,
		.text = "ACTIVE: clients can get it. Of one that Google obtains what Compute Engine says: "
			"PROVISIONING, "
			"PROVISIONING_FAILED (tried again), PROVISIONING_FAILED_PERMANENTLY, RENEWAL_FAILED."},
	{"expireTime", &end, .text = "When it ends."},
	{"domains", &certificate_domains, .text = "Each domain of one that Google obtains."},
};
static const struct type certificate = {.kind = TYPE_OBJECT, FIELDS(certificate_fields)};
static const struct type certificates = {.kind = TYPE_LIST,
	.least = 0,
	.most = 32,
	.form = LIST_KEYED,
	.keys = {"name"},
	.item = &certificate,
	.item_text = "One certificate."};

static const struct type path = TEXT(0, 512);
static const struct field difference_fields[] = {
	{"kind", &name, .text = "Kind, as in Compute Engine.", .required = true},
	{"name", &name, .text = "Name in Compute Engine.", .required = true},
	{"path", &path, .text = "Member that differs; empty: the resource as a whole, which is present or absent."},
	{"want", &text, .text = "Value that the spec asks for, as JSON, cut to 1024 characters; empty: none."},
	{"seen", &text, .text = "Value as last read, likewise."},
};
static const struct type difference = {.kind = TYPE_OBJECT, FIELDS(difference_fields)};
static const struct type differences = {.kind = TYPE_LIST,
	.least = 0,
	.most = 64,
	.form = LIST_ATOMIC,
	.item = &difference,
	.item_text = "One member."};

static const struct type address = TEXT(0, 512);
static const struct type tasks = {
	.kind = TYPE_LIST, .most = 32000, .form = LIST_ATOMIC, .item = &address, .item_text = "HOST:PORT."};
static const struct field cluster_fields[] = {
	{"chief", &tasks, .text = "Machine of the CHIEF pool."},
	{"ps", &tasks, .text = "Machines of PS pools, by index."},
	{"worker", &tasks, .text = "Machines of WORKER pools, by index."},
};
static const struct type cluster = {.kind = TYPE_OBJECT, FIELDS(cluster_fields)};
static const struct field training_fields[] = {
	{"cluster", &cluster, .text = "Tasks by type, as in TF_CONFIG. An evaluator is not among them."},
};
static const struct type training = {.kind = TYPE_OBJECT, FIELDS(training_fields)};

static const struct type condition_type = TEXT(1, 316);
static const char *const condition_words[] = {"True", "False", "Unknown", NULL};
static const struct type condition_status = {.kind = TYPE_STRING, .words = condition_words};
static const struct type seen_generation = INTEGER(0, INT64_MAX);
static const struct type reason = TEXT(1, 1024, .pattern = &pattern_reason);
static const struct type message = TEXT(0, 32768);
static const struct field condition_fields[] = {
	{"type", &condition_type, .text = "Ready, Programmed, Healthy, Reconciling or Stalled.", .required = true},
	{"status", &condition_status, .text = "Whether it holds.", .required = true},
	{"observedGeneration", &seen_generation, .text = "Generation of the spec that it speaks of."},
	{"lastTransitionTime", &moment, .text = "Last change of status.", .required = true},
	{"reason", &reason, .text = "One word, from a closed list.", .required = true},
	{"message", &message, .text = "A sentence for a person: what is, and who must do what.", .required = true},
};
static const struct type condition = {.kind = TYPE_OBJECT, FIELDS(condition_fields)};
static const struct type conditions = {.kind = TYPE_LIST,
	.least = 0,
	.most = 8,
	.form = LIST_KEYED,
	.keys = {"type"},
	.item = &condition,
	.item_text = "One condition."};

static const struct type asked = TEXT(0, 256);
static const struct field status_fields[] = {
	{"observedGeneration", &generation,
		.text = "Generation of the spec that this status speaks of; -1 until first seen."},
	{"address", &name, .text = "IPv4 address where clients arrive."},
	{"ipv6Address", &name, .text = "IPv6 address where clients arrive."},
	{"url", &url, .text = "URL to try."},
	{"replicas", &count, .text = "Machines that exist, over all pools."},
	{"readyReplicas", &count, .text = "Machines that are healthy behind the load balancer, over all pools."},
	{"updatedReplicas", &count, .text = "Machines at the wanted template, over all pools."},
	{"replicasPerPool", &count,
		.text = "Size of the pools that follow spec.replicas (the least, if they differ); what scale "
			"clients see."},
	{"selector", &name, .text = "Label selector for scale clients. It matches no pods."},
	{"resourcePrefix", &name, .text = "How the names of all our resources begin."},
	{"display", &display, .text = "Texts for kubectl get -o wide."},
	{"pools", &pools, .text = "Each pool as last read."},
	{"backends", &backends, .text = "Each backend as last read."},
	{"training", &training, .text = "TensorFlow cluster that the spec makes."},
	{"images", &images, .text = "Image families, and what they were found to stand for."},
	{"certificates", &certificates, .text = "Each wanted certificate as last read."},
	{"resources", &resources, .text = "Every resource we own or want."},
	{"differences", &differences,
		.text = "What is not as the spec wants and is not put back: all of it with driftPolicy Report or "
			"suspend, "
			"and what writing does not change. At most 64."},
	{"handledReconcile", &asked, .text = "Last value of the annotation tflb.dev/reconcile that was acted on."},
	{"nextAttemptTime", &moment,
		.text = "When the call that failed last, and that Ready tells of, is made again. Unset: no call "
			"failed, it is being made again, as Ready says then, or nothing is tried before somebody "
			"acts."},
	{"conditions", &conditions,
		.text = "Ready: all is as wanted and serves. Programmed: every resource is as the spec wants. "
			"Healthy: enough machines of each pool are healthy. Reconciling: present while we work or "
			"wait for the cloud. Stalled: present when nothing will change before a person acts."},
};
const struct type status_type = {.kind = TYPE_OBJECT, FIELDS(status_fields)};

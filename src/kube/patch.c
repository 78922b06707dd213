/* JSON patches of metadata.finalizers. Each begins with a test of the uid, so that an object that was deleted and made
 * again under the same name is never touched by what was decided about its predecessor. */
#include "base/json.h"
#include "kube/kube.h"

static cJSON *operation(cJSON *patch, const char *op, const char *path)
{
	cJSON *step = json_add_object(patch);
	json_set_text(step, "op", op);
	json_set_text(step, "path", path);
	return step;
}

static cJSON *patch_begin(const cJSON *object)
{
	cJSON *patch = cJSON_CreateArray();
	const char *uid = json_text(object, "metadata.uid");
	if (uid)
		json_set_text(operation(patch, "test", "/metadata/uid"), "value", uid);
	return patch;
}

/* Place of the finalizer in the list, -1 when it is not there. */
static int finalizer_index(const cJSON *object, const char *finalizer)
{
	int index = 0;
	const cJSON *item;
	cJSON_ArrayForEach(item, json_at(object, "metadata.finalizers"))
	{
		if (cJSON_IsString(item) && text_equal(item->valuestring, finalizer))
			return index;
		index++;
	}
	return -1;
}

char *kube_patch_add_finalizer(const cJSON *object, const char *finalizer)
{
	if (finalizer_index(object, finalizer) >= 0)
		return NULL;
	cJSON *patch = patch_begin(object);
	if (cJSON_GetArraySize(json_at(object, "metadata.finalizers")) > 0) {
		json_set_text(operation(patch, "add", "/metadata/finalizers/-"), "value", finalizer);
		return json_print(patch);
	}
	/* The list is made; the test keeps us from overwriting one that somebody made meanwhile. */
	json_set(operation(patch, "test", "/metadata/finalizers"), "value", cJSON_CreateNull());
	json_add_text(json_set_array(operation(patch, "add", "/metadata/finalizers"), "value"), finalizer);
	return json_print(patch);
}

char *kube_patch_remove_finalizer(const cJSON *object, const char *finalizer)
{
	int index = finalizer_index(object, finalizer);
	if (index < 0)
		return NULL;
	cJSON *patch = patch_begin(object);
	const char *path = arena_printf(json_arena(), "/metadata/finalizers/%d", index);
	json_set_text(operation(patch, "test", path), "value", finalizer);
	operation(patch, "remove", path);
	return json_print(patch);
}

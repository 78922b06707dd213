/* The table of template.container: one container on Container-Optimized OS. */
#include "model/types_internal.h"

static const struct type image = TEXT(1, 512, .pattern = &pattern_container_image);
static const struct type word = TEXT(0, 4096, .pattern = &pattern_one_line);
static const struct type command = {
	.kind = TYPE_LIST, .most = 64, .form = LIST_ATOMIC, .item = &word, .item_text = "One word."};
static const struct type args = {
	.kind = TYPE_LIST, .most = 128, .form = LIST_ATOMIC, .item = &word, .item_text = "One word."};

static const struct type env_name = TEXT(1, 128, .pattern = &pattern_env_name);
static const struct type env_value = TEXT(0, 8192, .pattern = &pattern_one_line);
static const struct field env_fields[] = {
	{"name", &env_name, AT(char *, struct lb_env, name), .required = true, .change = CHANGE_ROLL,
		.text = "Name of the variable."},
	{"value", &env_value, AT(char *, struct lb_env, value), .change = CHANGE_ROLL,
		.text = "Value, in one line. Unset: empty."},
};
static const struct type env = {.kind = TYPE_OBJECT, FIELDS(env_fields), .size = sizeof(struct lb_env)};
static const struct type envs = {.kind = TYPE_LIST,
	.most = 128,
	.form = LIST_KEYED,
	.keys = {"name"},
	.item = &env,
	.item_text = "One variable."};

static const struct type folder = TEXT(1, 1024, .pattern = &pattern_folder);
static const struct field mount_fields[] = {
	{"hostPath", &folder, AT(char *, struct lb_mount, host_path), .required = true, .change = CHANGE_ROLL,
		.text = "Folder of the machine, of letters, digits, dots, dashes and _; made when it is not there."},
	{"mountPath", &folder, AT(char *, struct lb_mount, mount_path), .required = true, .change = CHANGE_ROLL,
		.text = "Where the container sees it."},
	{"readOnly", &type_flag, AT(bool, struct lb_mount, read_only), .change = CHANGE_ROLL,
		.text = "The container can't write there. Unset: false."},
};
static const struct type mount = {.kind = TYPE_OBJECT, FIELDS(mount_fields), .size = sizeof(struct lb_mount)};
static const struct type mounts = {.kind = TYPE_LIST,
	.most = 16,
	.form = LIST_KEYED,
	.keys = {"mountPath"},
	.item = &mount,
	.item_text = "One folder."};

static const char *const gpu_words[] = {"All", "None", NULL};
static const struct type gpus = {.kind = TYPE_STRING, .words = gpu_words};
static const struct type shm_size = INTEGER(1, 1048576);
static const char *const restart_words[] = {"Always", "OnFailure", "Never", NULL};
static const struct type restart = {.kind = TYPE_STRING, .words = restart_words};

static const struct field container_fields[] = {
	{"image", &image, AT(char *, struct lb_container, image), .required = true, .change = CHANGE_ROLL,
		.text = "Image with tag or digest, such as us-docker.pkg.dev/PROJECT/REPOSITORY/serving:2.19. From "
			"Artifact "
			"Registry it is pulled as the machines' serviceAccount. With a digest every machine runs the "
			"same "
			"bytes."},
	{"command", &command, AT(struct lb_texts, struct lb_container, command), .change = CHANGE_ROLL,
		.text = "Program and its first words, each in one line. Unset: the image's entry point."},
	{"args", &args, AT(struct lb_texts, struct lb_container, args), .change = CHANGE_ROLL,
		.text = "Words behind the program, each in one line. Unset: the image's."},
	{"env", &envs, AT(struct lb_envs, struct lb_container, env), .change = CHANGE_ROLL,
		.text = "Environment variables, at most 128. They stand in the machines' metadata: no place for "
			"secrets."},
	{"port", &type_port, AT(int64_t, struct lb_container, port), .change = CHANGE_ROLL,
		.text = "Port on which the container listens. Unset: serving.port. Where it is another one, the "
			"machines "
			"forward serving.port to it."},
	{"gpus", &gpus, AT(char *, struct lb_container, gpus), .fallback = "All", .change = CHANGE_ROLL,
		.text = "Which GPUs of the machine the container sees."},
	{"mounts", &mounts, AT(struct lb_mounts, struct lb_container, mounts), .change = CHANGE_ROLL,
		.text = "Folders of the machine in the container, at most 16."},
	{"shmSizeMb", &shm_size, AT(int64_t, struct lb_container, shm_size_mb), .unit = "MB", .change = CHANGE_ROLL,
		.text = "Size of /dev/shm. Unset: 64 MB."},
	{"privileged", &type_flag, AT(bool, struct lb_container, privileged), .fallback = "false",
		.change = CHANGE_ROLL, .text = "Run with all rights on the machine."},
	{"restartPolicy", &restart, AT(char *, struct lb_container, restart_policy), .fallback = "Always",
		.change = CHANGE_ROLL, .text = "When the container is started again on its machine after it ended."},
};
const struct type type_container = {.kind = TYPE_OBJECT, FIELDS(container_fields), .size = sizeof(struct lb_container)};

#include "state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/str.h"

static bool failed(const struct state_file *state, const char *what, struct error *err)
{
	return error_set(err, ERROR_REJECTED, "cannot %s the state %s: %s", what, state->path, strerror(errno));
}

static bool refuse(const struct state_file *state, size_t line, const struct error *why, struct error *err)
{
	return error_set(err, ERROR_REJECTED,
		"the state %s, line %zu: %s. It was not changed; move it away to begin with an empty world",
		state->path, line, why->message);
}

static bool write_all(int file, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t written = write(file, bytes, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		bytes += written;
		length -= (size_t)written;
	}
	return true;
}

/* The name of a new file is on the disk only when its folder is. */
static bool sync_folder(const char *path)
{
	AUTO_FREE char *copy = mem_strdup(path);
	char *slash = strrchr(copy, '/');

	if (slash)
		slash[slash == copy] = '\0';
	int folder = open(slash ? copy : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good = folder >= 0 && fsync(folder) == 0;
	if (folder >= 0)
		close(folder);
	return good;
}

/* Two emulators would write over each other. */
static bool lock(struct state_file *state, struct error *err)
{
	if (flock(state->file, LOCK_EX | LOCK_NB) == 0)
		return true;
	if (errno != EWOULDBLOCK)
		return failed(state, "lock", err);
	return error_set(err, ERROR_REJECTED, "the state %s is in use by another gce-emulator", state->path);
}

/* A whole new file with these lines takes the place of the one that is there, if any, at once. */
static bool begin(struct state_file *state, const char *line, struct error *err)
{
	AUTO_FREE char *fresh = mem_printf("%s.new", state->path);
	AUTO_FREE char *text = mem_printf("%s\n%s%s", state->own_head, line ? line : "", line ? "\n" : "");
	int before = state->file;

	state->file = open(fresh, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	bool good = state->file >= 0 && lock(state, err) && write_all(state->file, text, strlen(text)) &&
	            fsync(state->file) == 0 && rename(fresh, state->path) == 0 && sync_folder(state->path);
	if (before >= 0)
		close(before);
	return good || err->class != ERROR_NONE || failed(state, "write", err);
}

static bool read_head(struct state_file *state, struct emulator_options *options, struct error *err)
{
	FILE *file = fdopen(dup(state->file), "re");
	struct emulator_options mine = *options;
	struct error why = {0};
	size_t size = 0;
	char *line = NULL;
	ssize_t length = file ? getline(&line, &size, file) : -1;
	bool good = length > 0 && line[length - 1] == '\n' && journal_head_read(line, (size_t)length - 1, &mine, &why);

	if (length <= 0 || line[length - 1] != '\n')
		error_set(&why, ERROR_REJECTED, "it is no state of gce-emulator");
	if (good && (mine.speed != options->speed || mine.lenient != options->lenient))
		good = error_set(&why, ERROR_REJECTED,
			"its world runs with --speed %g %s --lenient, and only so it goes on", mine.speed,
			mine.lenient ? "and" : "and without");
	if (good) {
		state->own_head = mem_strndup(line, (size_t)length - 1);
		*options = mine;
	}
	free(line);
	if (file)
		fclose(file);
	return good || refuse(state, 1, &why, err);
}

bool state_file_open(struct state_file *state, const char *path, struct emulator_options *options, struct error *err)
{
	*state = (struct state_file){.path = path, .file = -1};
	if (!path)
		return true;
	state->file = open(path, O_RDWR | O_APPEND | O_CLOEXEC);
	if (state->file >= 0)
		return lock(state, err) && read_head(state, options, err);
	if (errno != ENOENT)
		return failed(state, "open", err);
	state->own_head = journal_head(options);
	return begin(state, NULL, err);
}

bool state_file_play(struct state_file *state, struct emulator *emulator, int64_t *now, struct error *err)
{
	size_t size = 0, number = 1;
	off_t good_until = 0;
	char *line = NULL;
	ssize_t length;
	struct error why = {0};
	FILE *file = state->path ? fdopen(dup(state->file), "re") : NULL;
	bool good = true;

	*now = 0;
	if (!state->path)
		return true;
	if (!file || fseek(file, 0, SEEK_SET) != 0)
		return failed(state, "read", err);
	for (; good && (length = getline(&line, &size, file)) > 0 && line[length - 1] == '\n'; number++) {
		good = number == 1 || journal_play(emulator, line, (size_t)length - 1, now, &why);
		good_until += good ? length : 0;
		if (!good)
			refuse(state, number, &why, err);
	}
	free(line);
	fclose(file);
	return good && (ftruncate(state->file, good_until) == 0 || failed(state, "write", err));
}

bool state_file_add(struct state_file *state, const char *line, bool reset, struct error *err)
{
	AUTO_FREE char *text = mem_printf("%s\n", line);

	if (!state->path)
		return true;
	if (reset)
		return begin(state, line, err);
	return (write_all(state->file, text, strlen(text)) && fdatasync(state->file) == 0) ||
	       failed(state, "write", err);
}

void state_file_close(struct state_file *state)
{
	if (state->path && state->file >= 0)
		close(state->file);
	mem_free(state->own_head);
	*state = (struct state_file){.file = -1};
}

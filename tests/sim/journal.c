#include "sim/journal.h"

#include <string.h>

#include "base/alloc.h"
#include "base/str.h"

void journal_begin(struct journal *journal, const struct emulator_options *options)
{
	journal->own_head = journal_head(options);
}

void journal_ask(struct journal *journal, const struct emulator_request *request)
{
	journal->asked = request;
	journal->written = false;
}

void journal_answered(
	struct journal *journal, const struct emulator *emulator, const struct emulator_answer *answer, int64_t now)
{
	bool mine = journal->asked && (!answer || answer->id == journal->asked->id);

	if (journal->own_head && mine && !journal->written && emulator_changed(emulator)) {
		vec_add(&journal->lines, journal_line(journal->asked, answer, now));
		journal->written = true;
	}
	if (!answer)
		journal->asked = NULL;
}

static void ignore(void *arg, const struct emulator_answer *answer)
{
}

static bool play(const struct journal *journal, struct emulator *emulator, struct error *err)
{
	int64_t at;

	for (size_t i = 0; i < journal->lines.count; i++) {
		const char *line = journal->lines.own_items[i];

		if (!journal_play(emulator, line, strlen(line), &at, err))
			return error_context(err, "line %zu", i + 1);
	}
	return true;
}

char *journal_judge(const struct journal *journal, struct emulator *emulator, int64_t now)
{
	struct emulator_options options = {0};
	struct error err = {0};
	size_t at = 0;

	if (!journal_head_read(journal->own_head, strlen(journal->own_head), &options, &err))
		return mem_strdup(err.message);
	struct emulator *copy = emulator_new(&options, ignore, NULL, &err);
	bool played = copy && play(journal, copy, &err);
	emulator_advance(emulator, now);
	if (played)
		emulator_advance(copy, now);
	AUTO_FREE char *one = emulator_state(emulator);
	AUTO_FREE char *other = played ? emulator_state(copy) : NULL;
	emulator_free(copy);
	if (!played)
		return mem_strdup(err.message);
	while (one[at] && one[at] == other[at])
		at++;
	if (!one[at] && !other[at])
		return NULL;
	at -= at < 60 ? at : 60;
	return mem_printf("the world is another one: \"%.160s\" was \"%.160s\"", other + at, one + at);
}

void journal_done(struct journal *journal)
{
	mem_free(journal->own_head);
	vec_done(&journal->lines, mem_free);
}

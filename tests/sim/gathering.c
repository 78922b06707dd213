/* Memory at rest. */
#include "sim/invariants.h"

#include "emulator/core.h"

/* What stands for as long as the world does, or belongs to the emulator alone. */
static size_t pieces_of_logs(const struct world *world)
{
	size_t pieces = world->journal.lines.count;

	for (size_t i = 0; world->emulator->log.own_entries && i < EMU_LOG_MAX; i++) {
		const struct emu_log_entry *entry = &world->emulator->log.own_entries[i];

		pieces += (entry->own_method != NULL) + (entry->own_path != NULL) + (entry->own_query != NULL) +
		          (entry->own_body != NULL);
	}
	return pieces;
}

static long pieces_in_use(const struct world *world)
{
	return (long)(mem_counted().allocations - pieces_of_logs(world));
}

/* Calls on their way, and what is unfolded for them, are not there all the time. */
long judge_fewest_pieces(struct judge *judge, int64_t ms)
{
	enum { STEP_MS = 5000 };
	long fewest = pieces_in_use(judge->world);

	for (int64_t passed = 0; passed < ms; passed += STEP_MS) {
		long pieces;

		world_run(judge->world, STEP_MS);
		pieces = pieces_in_use(judge->world);
		if (pieces < fewest)
			fewest = pieces;
	}
	return fewest;
}

/* "I14 Bounds": who does nothing but look again and again holds no more memory for it. What is held from the first look at
 * something on is held once: what gathers is more after each further period, too. */
void i14_nothing_gathers(struct judge *judge, long before, long after, int64_t period_ms)
{
	enum { PERIODS = 4 };
	long first = before;

	for (int i = 0; i < PERIODS && after > before; i++) {
		before = after;
		after = judge_fewest_pieces(judge, period_ms);
	}
	if (after > before)
		world_complain(judge->world,
			"I14 bounds: %d times %lld s at rest left %ld pieces of memory, and each some", PERIODS + 1,
			(long long)period_ms / 1000, after - first);
}

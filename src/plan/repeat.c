#include "plan/repeat.h"

enum { FIRST_MS = 30000, MOST_MS = 300000, FORGOTTEN_MS = 1800000 };

bool repeat_is_one(const struct node *node, int64_t of, int64_t now)
{
	return node->repeat.times > 0 && node->repeat.of == of && now - node->repeat.at < FORGOTTEN_MS;
}

int64_t repeat_at(const struct node *node, int64_t of, int64_t now)
{
	int64_t rest = FIRST_MS;

	if (!repeat_is_one(node, of, now))
		return now;
	for (int i = 1; i < node->repeat.times && rest < MOST_MS; i++)
		rest *= 2;
	return node->repeat.at + (rest < MOST_MS ? rest : MOST_MS);
}

void repeat_note(struct node *node, int64_t of, int64_t now)
{
	int times = repeat_is_one(node, of, now) ? node->repeat.times + 1 : 1;

	node->repeat = (struct repeat){.of = of, .at = now, .times = times};
}

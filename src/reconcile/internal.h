/* Shared between the files of reconcile/: the table of load balancers and of projects. */
#pragma once

#include <sys/queue.h>

#include "base/map.h"
#include "base/pack.h"
#include "kinds/kind.h"
#include "model/model.h"
#include "plan/plan.h"
#include "policy/judge.h"
#include "reconcile/controller.h"
#include "reconcile/measure.h"

/* With an API server that does not do what it is asked. */
struct patience {
	int refusals;  /* in a row */
	int64_t until; /* ms; no call before */
};

/* What an object has to do with resources that move from one object to another (move.c). */
enum move_part {
	MOVE_ALONE,    /* no other object is concerned */
	MOVE_UNJUDGED, /* not looked at yet */
	MOVE_HAS,      /* they are its own */
	MOVE_TAKES,    /* it takes them over: marks of others are replaced by its own */
	MOVE_GIVES,    /* another one takes them, and it writes nothing any more */
	MOVE_GAVE,     /* another one has them all */
	MOVE_WAITS,    /* it may not have them */
};
struct move {
	enum move_part part;
	const struct entry *other; /* whom it takes from or gives to; NULL: none that is known */
	const char *reason;        /* Moving or Conflict */
	char *message;             /* what to say of it, arena; NULL: nothing */
	bool stalled;              /* nothing changes before a person acts */
};

/* One TFLoadBalancer that we know of. There may be thousands: what is small stands together, and what few have apart. */
struct entry {
	struct controller *controller;
	char *own_key;                /* "namespace/name" */
	const char *namespace, *name; /* in it */
	char *own_uid;
	char version[24]; /* resourceVersion that is known last, by an event or a write of ours; "": it is too long */
	int64_t created;  /* creationTimestamp, us; 0: none that can be read */
	char id[MODEL_ID_SIZE]; /* of the first object that had its resources: names are made of it */
	struct shown shown;
	enum move_part move : 8; /* as last judged */
	bool willing;            /* it would take over, as last judged */
	bool leaving;            /* has a deletionTimestamp */
	bool held;               /* has our finalizer */
	bool observed;           /* its status speaks of the spec as it is */
	bool has_past;           /* whoever ran before us made its resources, and it names no resource itself */

	bool unreadable; /* as it is now */
	bool looked;     /* it was read by itself since, and is there */

	bool folded;    /* nodes, own_text and own_status are in own_folded */
	bool born_here; /* we added the finalizer for this uid */
	bool wrote;     /* a write to the cloud was, or may have been, accepted in this process */
	bool asking;    /* the look that was asked for last is not over yet */
	bool ready;     /* as its status says, or nobody knows */
	bool settled;
	bool failing;               /* as last planned: the spec is wrong, or a resource failed */
	bool judged;                /* its status was made here; what the API server holds may be older */
	bool adding_finalizer;      /* what finalizer_call does; its echo may come by the watch before its answer */
	bool dirty;                 /* in the queue */
	bool looks_wait;            /* reads of health, for their turn */
	bool status_waits;          /* for its turn to be written */
	unsigned char status_haste; /* statuses written lately that could not wait */
	unsigned char
		looks_left; /* reads of health by the clock before it is planned; 0: it is planned when it wakes */
	uint32_t next_node;
	int looking; /* reads of health in flight */

	uint64_t learnt;        /* read counter when version was learnt */
	uint64_t object_digest; /* of what own_text was made from */
	char *own_text;         /* metadata (without managedFields and annotations) and spec; NULL while folded */
	int64_t generation;
	uint64_t epoch;                    /* of the list that brought it last */
	char *own_move_from, *own_move_to; /* keys of spec.moveFrom and moveTo; NULL: none */
	uint64_t moved_at;                 /* read counter when move was judged first */
	struct project *project;           /* of spec.project; NULL when there is none */
	LIST_ENTRY(entry) in_project;
	struct vec *own_ports; /* claims of ports of named addresses, "project/address/port", own texts; NULL: none */
	struct vec *own_given; /* claims of what spec.resourceNames names, likewise */
	struct vec *own_uses;  /* what the spec refers to by name, likewise; others may, too */

	struct folded *own_folded;  /* kept while it is open, too: often nothing changes. NULL before the first time */
	char *own_notes;            /* what lists showed of it while it was folded, oldest first */
	size_t notes_length;        /* bytes of that */
	TAILQ_ENTRY(entry) in_open; /* unless folded */
	struct nodes nodes;
	uint64_t born;           /* read counter when we met it: older lists say nothing about it */
	uint64_t gone_final;     /* newest final of the nodes that are no more */
	uint64_t unfollowed;     /* read counter: what began before it, unfollowed, may be on its way; 0: nothing is */
	int64_t unshown_until;   /* ms; lists that began before may not show what was made */
	int64_t live_generation; /* a live read showed our uid at this generation; -1: not yet */
	int64_t programmed_generation; /* newest generation that was Programmed; -1: none */
	int64_t planned_generation;    /* generation of the last plan: an edit ends waiting */
	uint64_t asked;                /* hash of the value that asked for the look that runs, or ran; 0: none */
	uint64_t asked_since;          /* read counter when it was met */
	int64_t changing_at;           /* ms, when something was last on its way, or when we met it */

	char *own_status;        /* as the API server printed it last; NULL while folded */
	uint64_t templates;      /* hash of the names of the wanted templates; 0: not wanted yet */
	uint64_t status_digest;  /* of own_status */
	uint64_t written_digest; /* of own_status when we wrote last; 0: never */
	int64_t status_written_at;
	uint64_t refusal; /* hash of what the policies say against it; 0: nothing */
	int64_t machines; /* that it has, as its status says */
	int64_t granted;  /* machines that it may have by the policies, as last judged; -1: not judged yet */
	int64_t asked_at; /* ms, when its newest generation was met before any status spoke of it; 0: Programmed since, or never */
	int64_t queued_us; /* when it was put into the queue */
	struct kube_call *status_call, *finalizer_call, *live_call;
	TAILQ_ENTRY(entry) in_statuses;                   /* while its status waits */
	struct patience object_patience, status_patience; /* with calls for the object itself, and for its status */
	struct vec *own_secrets;                          /* that the spec names; NULL: none */

	struct map *own_events; /* reason -> last note told (text), so that each is told once; NULL: none was */
	struct vec calls;       /* struct carry of everything in flight towards the cloud */
	TAILQ_ENTRY(entry) in_queue;
	struct timer wake;

	struct pack *
		own_looks; /* reads of health that are sent when it wakes, or when their turn comes; NULL: none were yet */
	int64_t looks_every;         /* ms */
	TAILQ_ENTRY(entry) in_looks; /* of its project's, while they wait and it has one */
};

/* One watch: all namespaces, or one of them. */
struct watch_state {
	struct controller *controller;
	const char *namespace; /* loan; NULL: all */
	struct kube_watch *watch;
	uint64_t epoch; /* of the last list */
	bool listing;
	bool nameless;     /* the list left something out, and does not say what */
	bool listed;       /* once, at least */
	char *own_trouble; /* NULL: none */
};

/* One list of a sweep. */
struct list {
	struct project *project;
	int kind;                 /* KINDS: the unfinished operations */
	struct gce_call *call;    /* NULL when not in flight */
	uint64_t began, complete; /* read numbers of the one in flight and of the last complete one */
	int skipped;              /* sweeps in a row that leave it out, the one that runs included */
};

enum { SWEEPS_TOLD = 2 }; /* so many failed ones in a row are told in the status */

/* One Google Cloud project as seen by one identity (NULL: our own); it lives as long as some entry or the configuration names it, or
 * orphans may be in it. */
struct project {
	struct controller *controller;
	char *own_key; /* name, and whom it is looked at as, if not as ourselves */
	char *own_name, *own_identity;
	LIST_HEAD(, entry) entries;
	bool has_turn, waits; /* for its first sweep */
	uint64_t sweep;       /* read counter when the last sweep began */
	uint64_t swept;       /* that of the last one that is over, be it that some of it failed; 0: none is */
	TAILQ_ENTRY(project) in_waiting;
	struct timer turn;
	TAILQ_HEAD(, entry) looks; /* entries whose reads of health wait for their turn */
	int looking;               /* reads of health in flight */
	struct timer look_timer;
	struct timer timer;
	bool sweeping;
	bool partial; /* the last sweep, or the one that runs, leaves lists out */
	int in_flight;
	struct list lists[KINDS + 1];
	struct map newest;     /* of image families, by path (images.c) */
	struct vec unfinished; /* target names of unfinished operations, own texts */
	struct orphans *own_orphans;
	int64_t last_at;          /* ms, when the last sweep began; negative: never */
	int64_t took_last;        /* ms, how long the last one lasted */
	int64_t took;             /* ms, that or the one before, whichever was shorter */
	int64_t named_at;         /* ms, when this process first heard of it */
	int64_t complete_at;      /* ms, when the last sweep began that worked; before, when the project was named */
	struct timer age;         /* until what was seen is old */
	bool old;                 /* no sweep saw everything for so long that nothing is certain any more */
	struct timer age_reached; /* the same, when what can't be reached is left aside */
	bool old_reached;
	struct map unreached;      /* scopes that the last sweep did not reach, "zones/z" */
	struct map unreaching;     /* and the one that runs */
	bool again;                /* asked for while sweeping */
	bool wanted;               /* asked for since the last sweep began */
	int64_t written_at;        /* ms, when the last write in it was over; negative: none was */
	int hurry;                 /* sweeps in a row that somebody asked for; each makes the next wait longer */
	struct error *own_error;   /* of the last sweep; NULL when all of it worked */
	int failed_sweeps;         /* in a row */
	struct error *own_failing; /* first error of the sweep that runs */
	char *own_told;            /* message that was logged last; NULL: none since it worked */
};

struct controller {
	struct loop *loop;
	struct env *env;
	const struct log *log;
	struct kube *kube;
	struct gce *gce;
	char *own_cluster;
	struct vec namespaces; /* own texts; empty: all */
	struct vec watches;    /* struct watch_state, one per namespace, or one for all */
	bool built_in_only;
	struct access *own_access; /* policies and labels of namespaces; NULL: the built-in policy holds for all */
	char *own_home;            /* the built-in policy's project, when it was named; NULL: that of our credentials */
	size_t refused;            /* entries with a refusal */
	int64_t drift_interval_ms;
	bool delete_orphans;
	struct vec orphan_projects; /* own texts: looked into although no object names them */

	struct map entries;  /* key -> struct entry */
	struct map ids;      /* id -> struct entry */
	struct vec sharers;  /* entries whose id leads to another one that has it, too: resources move between them */
	struct map projects; /* key -> struct project */
	struct map claims;   /* claim -> struct vec of entries */
	size_t given;        /* entries with spec.resourceNames, or that refer to a resource named as ours are */
	uint64_t reads;      /* the read counter (design rule 6) */
	struct packer *own_packer;
	TAILQ_HEAD(, entry) open;      /* entries that are not folded, the one that was looked at last at the end */
	size_t unfolded;               /* how many */
	TAILQ_HEAD(, entry) queue;     /* dirty entries */
	TAILQ_HEAD(, project) waiting; /* for a turn */
	int turns;                     /* taken */
	TAILQ_HEAD(, entry) statuses;  /* entries whose status waits for its turn */
	size_t status_calls;           /* statuses on their way */
	struct timer queue_timer, start_timer, status_timer;
	struct kube_call *start_call;
	int start_attempts;
	char *own_start_trouble; /* why the cluster is not known yet; NULL: none, or it is */

	struct metric *measured[MEASURED];
	struct shown_sums shown;
	int64_t work_began_us;
	uint64_t status_writes, finalizer_writes, live_reads, unfolds;

	struct lease *lease; /* NULL: there is no election */
	bool candidate;      /* the lease was started */
	loop_fn lost;
	void *lost_arg;

	bool stopping; /* nothing is started any more */
	loop_fn stopped;
	void *stopped_arg;
	int64_t stop_began;
	struct timer stop_timer;
};

/* controller.c */
void watches_start(struct controller *controller); /* of objects */
/* A watch of what (for people) is in trouble, or, with err NULL, no longer: keeps that in *own_trouble, and logs it. */
void tell_watch(struct controller *controller, const char *what, char **own_trouble, const struct error *err);

/* election.c: the gate that everybody asks. */
void election_init(struct controller *controller, const struct lease_terms *terms);
void election_start(struct controller *controller);  /* once all is listed; may be called again */
void election_ends(struct controller *controller);   /* before the Lease is given back */
bool may_write(const struct controller *controller); /* in this moment, to the API server or the cloud */
bool may_act(const struct controller *controller);   /* may something new be started? */

bool all_listed(const struct controller *controller); /* controller.c: was each watch's first state taken in? */

/* intake.c: what the API server says of an object. */
enum {
	INTAKE_TEXT =
		256, /* bytes of a name, namespace or uid with its end; an object with a longer one is none of ours */
	OBJECT_MAX = 3 << 19 /* bytes of an object; a larger one is not read */
};
/* Takes in one object as text; what is older than what is known only when the list that begins with read number `list` brings
 * it (0: no list). Creates the entry when new. NULL when it is not an object of ours. What tells nothing new costs no memory
 * and no work. */
struct entry *entry_take(struct controller *controller, const char *text, size_t length, uint64_t list);
/* The entry of an object that cannot be taken in, by what can be read of it; NULL: none. */
struct entry *entry_meant(const struct controller *controller, const char *text, size_t length);
/* The object was deleted; text is its last state. */
void entry_gone(struct controller *controller, const char *text, size_t length);
/* The answer to our write of the status. */
void entry_take_written(struct entry *entry, const char *text, size_t length);

/* entry.c: the table. */
struct entry *entry_find(const struct controller *controller, const char *namespace, const char *name);
struct entry *entry_new(struct controller *controller, const char *namespace, const char *name);
void entry_forget_cloud(struct entry *entry);  /* everything learned of the cloud for one uid */
void entry_forget_events(struct entry *entry); /* what it was told is told again */
void entry_remove(struct entry *entry);
void entry_set_origin(struct entry *entry, const char *from); /* key of spec.moveFrom, NULL: none; it sets the id */
/* The entries that have the same id in the same project: the next one behind `before` (NULL: the first); NULL: none is left. */
struct entry *entry_next_peer(const struct entry *entry, const struct entry *before);
void entry_dirty(struct entry *entry);
void entries_dirty(struct controller *controller); /* all of them */
void entry_cancel(struct entry *entry);            /* what is in flight towards the API server */
/* Is there nothing to be planned for it yet? What whoever ran before us made is not known before a look at its project that began when
 * we knew of it. When that takes longer than a status may stand unchecked, the status says so. */
bool entry_waits(const struct entry *entry);
/* Looks at it again then (ms), or when the API server may be asked again; INT64_MAX: not by time. Replaces what was set. */
void entry_wake_at(struct entry *entry, int64_t at);
/* The API server's answer to a call for it. When err: logs `what`, rests slower and slower, looks again, false. A 404 is no
 * proof that it is gone: only the watch says that. */
bool entry_answered(struct entry *entry, struct patience *patience, const char *what, const struct error *err);
bool entry_may_call(const struct entry *entry, const struct patience *patience);
/* "/apis/tflb.dev/v1alpha1/namespaces/NS/tfloadbalancers/NAME[/SUB]", in the arena. */
char *entry_path(const struct entry *entry, const char *subresource);
char *object_path(const char *namespace, const char *name, const char *subresource); /* the same */
struct identity entry_identity(const struct entry *entry);

/* Sorts of what the controller packs. Nodes of who is at rest are alike, and unlike those of who is being made. */
enum packed { PACKED_TEXTS, PACKED_NODES, PACKED_CHANGING, PACKED_NOTES, PACKED_LOOKS = PACKED_NOTES };

/* What a list shows of one resource. */
struct sight {
	const struct kind *kind;
	const char *location, *name;
	uint64_t number; /* read that the list began with */
	const char *text;
	size_t length;
};

/* fold.c: nodes and texts of an entry, packed while nobody works on it. Whoever looks at them unfolds it first, and does not
 * keep what it found: when the next ones are unfolded it may be folded again. */
void fold_begin(struct entry *entry); /* a new one: it is open */
void fold_end(struct entry *entry);   /* frees nodes and texts in either form */
void entry_fold(struct entry *entry);
void entry_rest(
	struct entry *entry); /* folds it when it is at rest, or has nothing to do: for the end of work and of calls */
void entry_unfold(struct entry *entry);
size_t folded_size(const struct folded *folded); /* bytes; for tests */
/* Notes what a list shows of one that is folded and has no nodes, so that it is recorded when it is unfolded. false: it is not
 * such a one. */
bool folded_notes(struct entry *entry, const struct sight *sight);
/* A list that began with read `number` shows text. true: a node of that kind is known with it, and the read is recorded. The
 * entry is folded. */
bool folded_shows(struct entry *entry, const struct kind *kind, uint64_t number, const char *text, size_t length);
void folded_kinds(
	const struct entry *entry, bool kinds[KINDS]); /* marks those that the entry, which is folded, has nodes of */
/* A read of health. */
struct look {
	uint32_t node; /* id of the group */
	uint32_t of;   /* as in the view */
	enum view_id view;
	const char *path, *body; /* of the call; last in the struct */
};
/* Health was read, as compact JSON. true: it is as before, which is recorded. The entry is folded. */
bool folded_looks(struct entry *entry, const struct look *look, const char *health, int64_t now);
/* It is being read, or waits for its turn, from now on; nothing when there is no such node. The entry is folded. */
void folded_asks(struct entry *entry, const struct look *look);
bool folded_asked(const struct entry *entry, const struct look *look); /* Is it? The entry is folded. */
/* Is some node of that kind not shown by the list? The entry is folded. */
bool folded_lacks(const struct entry *entry, const struct kind *kind, uint64_t number);

/* adopt.c: for this unit of work, which of the foreign nodes the spec takes over. wants: all that the spec wants, whatever is
 * done about it. */
void nodes_adopt(struct entry *entry, const struct kind_context *context, const struct wants *wants, bool allowed);

/* nodes.c: nodes and what is recorded of them. */
void nodes_parse(struct entry *entry); /* seen and the views of all nodes, for this unit of work */
void nodes_sync(struct entry *entry, const struct wants *wants); /* want and wanted of all nodes, likewise */
void nodes_forget_trees(struct entry *entry);
struct node *nodes_find(const struct entry *entry, const struct kind *kind, const char *location, const char *name);
/* The node of that kind whose body was last read as exactly this text; NULL: there is none. */
struct node *nodes_unchanged(const struct entry *entry, const struct kind *kind, const char *text, size_t length);
struct node *nodes_by_id(const struct entry *entry, uint32_t id);
struct node *nodes_add(struct entry *entry, const struct kind *kind, const char *location, const char *name);
/* Records what a list shows of one of ours, known or not. false when it tells nothing new. */
bool nodes_see(struct entry *entry, const struct sight *sight);
void nodes_free(struct entry *entry);
void node_ask_health(struct node *node);
/* A read of the view leaves, about that one (struct view). */
void view_begins(struct view *view, uint32_t of); /* its views of health are read again at once */
void node_error(struct node *node, const struct error *err, enum node_change failed); /* err NULL clears */
/* Is this answer to a single read the resource that was asked for? Anything else tells nothing. */
bool node_is_about(const struct node *node, const char *text, size_t length);
/* Records a body of node read under `number`; false when it had to be dropped or changed nothing. The mark in its description
 * decides whose it is. */
bool node_record(struct entry *entry, struct node *node, uint64_t number, const char *text, size_t length);
bool node_record_absent(struct entry *entry, struct node *node, uint64_t number);
bool nodes_census(const struct entry *entry);
/* Were lists of every kind complete that began after `since`? */
bool project_listed_since(const struct project *project, uint64_t since);

/* back_off.c: ms to rest after the attempts-th failure in a row. */
int64_t back_off_cloud(struct env *env, const struct error *err, int attempts);
int64_t back_off_api(struct env *env, const struct error *err, int attempts);
/* Is it an internal error of the cloud that came too often to be taken for passing? */
bool back_off_lasts(const struct error *err, int attempts);

/* explain.c: err, told by the cloud about node, in words of the spec and without the node's name. */
void explain_refusal(const struct entry *entry, const struct node *node, struct error *err);
const cJSON *explain_spec(const struct entry *entry); /* as the user wrote it, in the arena; NULL: it can't be read */

/* unreadable.c: objects that we know of and that cannot be read. */
void entry_unreadable(struct entry *entry); /* it was not seen, but for this reason */
void entry_readable(struct entry *entry);   /* it was seen */
void unreadable_look(struct entry *entry);  /* whether it is there */

/* live.c: was the object itself read at this generation? When not, asks. */
bool live_looked(struct entry *entry);

/* carry.c: plans carried out. */
void carry_out(struct entry *entry, const struct plan *plan);
void carry_cancel_all(struct entry *entry);
/* Reads the health of a group; the node is marked by the caller. For looks.c. */
void carry_look(struct entry *entry, const struct look *look);
bool carry_only_looks(const struct entry *entry); /* is nothing in flight but reads of views? */
bool carry_unanswered(
	const struct entry *entry);           /* is a write in flight of which we don't know whether it is accepted? */
bool carry_writes(const struct entry *entry); /* is a write on its way, or an operation? */
void carry_cancel_answered(struct entry *entry); /* everything else */

/* project.c: the table of projects. */
/* Leaves the one before; name NULL: none. identity: whom everything of the entry in it is done as; NULL: ourselves. It is not folded,
 * unless the name stays. */
void project_join(struct entry *entry, const char *name, const char *identity);
/* The project of that name, made when there is none. */
struct project *project_get(struct controller *controller, const char *name, const char *identity);
bool project_is_named(const struct project *project); /* by an object, or by the configuration */
void project_free(struct project *project);           /* nobody names it */
void projects_free(struct controller *controller);    /* that no entry is in any more */

/* sweep.c: when whole projects are listed. */
void project_want(struct project *project, int64_t delay_ms); /* a sweep, soon */
void project_written(struct project *project);                /* a write in it is over */
void project_keep(struct project *project); /* sweeps by the clock, as long as somebody names the project */
/* All of it was seen by what took so many ms: after three missed sweeps nobody knows any more. */
void project_ages(struct project *project, int64_t took);
/* Did the last sweep fail to show something of the entry? A zone that can't be reached, and where it has nothing, is none of its
 * troubles. */
bool project_missed(const struct project *project, const struct entry *entry);

/* seldom.c: chooses the lists that the sweep which begins leaves out. */
void seldom_choose(struct project *project);

/* see.c: what lists show. */
void list_shows(void *arg, const char *text, size_t length); /* an item of the list (a struct list) */
void list_is_complete(struct list *list);                    /* what it did not show is absent */
/* The entry whose id stands in the name of a resource ("tflb-<id>-..."); NULL: none. Others may have the id, too. */
struct entry *entry_by_name(struct controller *controller, const char *name);

/* proof.c: what lists of operations prove, and the lists of every kind that began when one was complete. */
bool proof_wants_operations(const struct project *project); /* must the next sweep begin with them? */
void proof_see_operation(struct project *project, const char *text, size_t length);
/* Nothing of entry's is in its project, by operations that were listed after `since` (design rule 10). */
bool proof_of_absence(const struct entry *entry, uint64_t since);
/* Something of entry's may be there, and lists that begin now not show it yet. */
void proof_doubt(struct entry *entry);
/* Is there a node for everything that operations may still make for entry? */
bool proof_of_past(struct entry *entry);

/* orphans.c: what is ours while its object is gone. */
struct orphans *orphans_new(struct project *project);
void orphans_free(struct orphans *orphans);
void orphans_start(struct controller *controller); /* looks into the projects that the configuration names */
void orphans_sweep_begins(struct orphans *orphans);
/* A list that began with read `number` shows item. */
void orphans_see(struct orphans *orphans, const struct kind *kind, uint64_t number, const cJSON *item);
bool orphans_are_sought(const struct orphans *orphans); /* then it must see all that lists show */
void orphans_sweep_ends(struct orphans *orphans, bool complete);
bool orphans_are_over(const struct orphans *orphans); /* nobody names the project, and nothing of ours is left there */
size_t orphans_count(const struct orphans *orphans);

/* controller.c: is it known which objects there are, of all namespaces that are watched? */
bool objects_known(const struct controller *controller);

/* turns.c */
bool project_was_swept(const struct project *project); /* to the end, once at least */
bool turn_taken(struct project *project); /* may it be swept now? false: it is asked to when its turn comes */
void turn_end(struct project *project);   /* its sweep is over, or it goes */

/* work.c: the unit of work. */
void work_entry(struct entry *entry);

/* looks.c: reads of health. */
bool action_is_look(const struct action *action);
void looks_send(struct entry *entry, const struct plan *plan); /* those of the plan, as soon as their turn comes */
void looks_cancel(struct entry *entry);                        /* those that wait */
void looks_join(
	struct entry *entry, struct project *before); /* the entry came from there, NULL: nowhere, to its project */
void look_begins(struct entry *entry);                /* one is in flight from now on */
void look_ends(struct entry *entry);                  /* no longer */
/* By the clock. */
void looks_keep(struct entry *entry, const struct plan *plan); /* after the plan was carried out */
void looks_forget(struct entry *entry);                        /* it is planned when it wakes */
bool looks_again(struct entry *entry); /* sends them, and sets the next time; false: it must be planned */

/* access.c: policies and labels of namespaces, as the API server has them. */
struct access *access_new(struct controller *controller); /* begins to list them; objects are listed afterwards */
void access_free(struct access *access);                  /* NULL is fine */
/* Why they are not known yet, in the arena; NULL: they are. access may be NULL. */
const char *access_trouble(const struct access *access);
/* All policies by name, in the arena; what they point to is a loan until the loop goes on. */
struct policy *access_policies(const struct access *access, size_t *count);
/* Labels of the namespace, in the arena; false: it is not known. */
bool access_labels(const struct access *access, const char *namespace, struct lb_map *labels);
/* Is there such a namespace, and it can't be read? access may be NULL. */
bool access_unknowable(const struct access *access, const char *namespace);
size_t access_known(const struct access *access);      /* policies that there are */
size_t access_unreadable(const struct access *access); /* policies that can't be read */

/* grant.c: what the policies say of an entry. */
enum grant { GRANT_PENDING, GRANT_REFUSED, GRANT_GIVEN };
/* Judges lb, chooses whom to act as, and joins the project. With problem (the spec is no good, lb is not filled) only the latter two.
 * REFUSED: problem is set to what is to be said. PENDING: not all is known yet that the verdict depends on; when it is, the entry is
 * looked at again. */
enum grant grant_judge(struct entry *entry, const struct lb *lb, struct error *problem);
bool grant_holds(const struct entry *entry); /* may what was planned for it still leave? */
void grant_forget(struct entry *entry);      /* it goes: others may have its machines */

/* move.c: resources that move from one object to another. */
/* Judges it by what is seen, and has the others look again when that is news. able: it may write all that its spec wants. */
struct move move_judge(struct entry *entry, const struct lb *lb, bool able);
/* Does everything that was read since its part is what it is say so? When not, asks for what is missing. */
bool move_is_proven(const struct entry *entry);
bool move_is_idle(const struct move *move); /* then nothing is wanted, and nothing written */
/* Did that object have the resources of entry before? */
bool move_is_former(const struct entry *entry, const struct mark *mark);
/* Of a resource of that name some object has, or may have, what bears its id. */
bool move_knows_holder(const struct project *project, const char *name);
void move_changed(const struct entry *entry); /* others whom it concerns look again */

/* claims.c: ports of named addresses, and resources by their names. */
void claim_take(struct entry *entry, const struct lb *lb); /* what lb names; others that it concerns look again */
/* entry itself unless an older one claims the same: *claim, a loan; of_port: a port of a named address. */
const struct entry *claim_winner(const struct entry *entry, const char **claim, bool *of_port);
/* Each entry that refers to the resource of that kind and name; NULL: none. */
const struct vec *users_of(const struct project *project, const struct kind *kind, const char *name);
/* Each entry that claims the resource of that kind, location and name by spec.resourceNames; NULL: none. */
const struct vec *claimants_of(
	const struct project *project, const struct kind *kind, const char *location, const char *name);
void claim_drop(struct entry *entry);

/* secrets.c: what Secrets that the spec names hold. */
/* Reads those that are due, forgets those not named any more. */
void secrets_keep(struct entry *entry, const struct lb *lb);
bool secrets_pending(const struct entry *entry); /* one was not read yet */
/* What is wrong with the first one that can't be used, of those of which nothing made before serves, else of all; NULL: nothing.
 * harmless: something made of it serves. */
const struct error *secrets_trouble(const struct entry *entry, const struct lb *lb, bool *harmless);
void secrets_show(const struct entry *entry, struct kind_context *context); /* for this unit of work */
void secrets_hide(const struct entry *entry, char *sentence);               /* those that are at hand */
/* When the next one is to be read (ms); INT64_MAX: none is. What should have been read already waits for another reason. */
int64_t secrets_due(const struct entry *entry);
void secrets_forget(struct entry *entry);

/* finalizer.c: one call at a time; the answer brings the entry back. */
void finalizer_add(struct entry *entry);
void finalizer_remove(struct entry *entry);
/* Is nothing of ours left in the cloud, proven? When not, asks for what is missing. */
bool finalizer_may_go(struct entry *entry, const struct plan *plan, enum mandate mandate, struct project *project);

/* ask.c: the annotation that asks for a fresh look. Begins it when the value is new; true once the project was seen as a whole
 * since then. */
bool ask_handled(struct entry *entry, const struct lb *lb);

/* status_write.c: sends status when it differs and is due, and few are on their way. Returns when to look again (ms), INT64_MAX: no need. */
int64_t status_write(struct entry *entry, cJSON *status);
void status_over(struct entry *entry);  /* it is not on its way any more */
void status_leave(struct entry *entry); /* it does not wait any more */

/* images.c: image families. Of one that is due to be looked up: does another object of the project know it already? Then it is
 * recorded, as what was answered is for the others. */
bool images_know(struct entry *entry, struct node *family);
void images_note(struct entry *entry, const struct node *family, const char *text);
void images_forget(struct project *project);
/* They are looked up again at once. */
void images_ask(struct entry *entry);
/* Are other templates wanted, because a family stands for another image? Then that is an update, and told. */
void images_roll(struct entry *entry, const struct lb *lb, const struct wants *wants, bool edited);

/* drift.c: what others did, told and counted. */
bool drift_found(const struct entry *entry, const struct action *action); /* does it put back what somebody else did? */
void drift_tell(struct entry *entry, const struct action *action);        /* the same, before it leaves */
void drift_corrected(struct entry *entry, const struct node *node);
/* What the plan leaves as it is: because the spec says so, or because writing does not help. */
void drift_tell_left(struct entry *entry, const struct plan *plan, bool reporting);

/* rollout.c: updates of machines. */
/* What is seen of them is noted, for this plan; edited: the spec is another one than at the last. stopped: nothing is written. */
void rollouts_watch(struct entry *entry, bool edited, bool stopped);
/* What it says of the update that it gives up and leaves; NULL: it goes back from none. */
const cJSON *rollout_rejection(const struct action *action);
/* Does it write into the mark of a group only what is to be remembered? */
bool rollout_only_notes(const struct action *action);
/* What the update to a template is called: "update to", "canary of". */
const char *rollout_name(const struct node *group, const char *template);
/* Tells of one before it begins, and what it does to machines; and of one that goes back. */
void rollout_tell(struct entry *entry, const struct action *action);

/* migrate.c: tells of a step of the migration between schemes before it is taken. */
void migration_tell(struct entry *entry, const struct action *action);
/* Likewise of what clients notice when a forwarding rule goes for another one. */
void front_tell(struct entry *entry, const struct action *action);

/* tell.c: events and log lines, each once. false: it was told before. */
bool tell(struct entry *entry, bool warning, const char *reason, const char *action, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* SPDX-License-Identifier: MIT */
/* test_properties.c: what holds for every history: thousands of random ones (events, outcomes, time, clock
 * jumps, restarts of quaywatch itself) through ladder, breaker, verdict and healing memory. A failure names
 * its seed and step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <regex.h>
#include <stdlib.h>

#include "controller/core/buf.h"
#include "controller/core/error.h"
#include "controller/healing/ladder.h"
#include "controller/healing/memory.h"
#include "health/breaker.h"
#include "health/verdict.h"
#include "tests/support/sample.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR };
enum { HISTORIES = 4000, STEPS = 250, LATER_ENDS = 4, ENGINE_RESTART_MS = 12 * SECOND };

/* ---- one history ---- */

/* How a sentence names what ends a hold, and how it would name a relative time. */
struct patterns {
    regex_t ends, relative;
};

struct model {
    const struct patterns *patterns;
    uint64_t seed, dice;
    unsigned step;
    struct moment now;
    struct registry *registry;
    struct instance *instance;
    struct memory *memory;
    struct healing *healing, before;
    struct verdict verdict;
    struct breaker breaker;
    struct facts facts;
    int64_t deploying_until, dependency_until; /* wall ms, as those who tell them would keep them */
    bool in_flight, in_flight_trial;
    int64_t engine_busy_until; /* mono ms: the engine restarts it, whether we remember or not */
    /* What an onlooker counts on a clock that never jumps. */
    unsigned acts;           /* counted restarts since the last whole window of health */
    int64_t healthy_from;    /* mono ms; 0: not healthy */
    int64_t last_trial_mono; /* 0: none since it failed */
    unsigned trials;
};

#define CHECK(model, condition, ...)                                                                         \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            broken(model, #condition, __VA_ARGS__);                                                          \
    } while (0)

static void broken(const struct model *model, const char *condition, const char *format, ...)
    __attribute__((format(printf, 3, 4), noreturn));

static void broken(const struct model *model, const char *condition, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    print_error("seed %llu, step %u: %s: not %s\n", (unsigned long long)model->seed, model->step, text,
                condition);
    fail();
    abort();
}

static uint64_t draw(struct model *model)
{
    uint64_t z = model->dice += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static int64_t between(struct model *model, int64_t low, int64_t high)
{
    return low + (int64_t)(draw(model) % (uint64_t)(high - low + 1));
}

static bool chance(struct model *model, unsigned percent)
{
    return draw(model) % 100 < percent;
}

static void render(const struct service *service, struct buf *out)
{
    buf_text(out, service->name);
}

static struct breaker_policy breaker_policy(const struct spec *spec)
{
    return (struct breaker_policy){spec->breaker_enabled, spec->breaker_failures, spec->breaker_successes,
                                   spec->breaker_recovery_ms, spec->breaker_window_ms};
}

static void model_open(struct model *model, uint64_t seed)
{
    *model = (struct model){.seed = seed, .dice = seed, .now = {.mono_ms = DAY, .wall_ms = 1700000000000}};
    struct spec *spec = sample_spec("k", "web");
    struct observed *observed = sample_observed('a', "web-1");
    static const enum restart_policy policies[] = {RESTART_ON_UNHEALTHY, RESTART_ON_FAILURE, RESTART_ALWAYS,
                                                   RESTART_ON_FAILURE};
    spec->restart = policies[draw(model) % 4];
    spec->restart_max = (unsigned)between(model, 1, 6);
    spec->restart_window_ms = between(model, 1, 20) * MINUTE;
    spec->backoff_ms = between(model, 1, 60) * SECOND;
    spec->backoff_max_ms = spec->backoff_ms * between(model, 1, 30);
    spec->start_period_ms = between(model, 0, 60) * SECOND;
    spec->retries = (unsigned)between(model, 1, 4);
    spec->successes = (unsigned)between(model, 1, 3);
    observed->started_at_wall_ms = model->now.wall_ms - MINUTE;
    model->registry = registry_new(render);
    const struct instance *made = sample_add(model->registry, spec, observed);
    registry_settle(model->registry, model->now);
    memcpy(&model->instance, &made, sizeof made);
    model->instance->health.check = CHECK_HTTP;
    model->instance->health.message = mem_copy("500 Internal Server Error");
    model->memory = memory_new();
    model->healing = memory_get(model->memory, "k", 1);
    verdict_start(&model->verdict, model->now.mono_ms - MINUTE);
    model->facts = (struct facts){.engine_connected = true, .check_passed = true, .services = 12};
}

static void model_close(struct model *model)
{
    registry_free(model->registry);
    memory_free(model->memory);
}

static bool is_running(const struct model *model)
{
    return model->instance->observed->state == CONTAINER_RUNNING;
}

static bool is_well(const struct model *model)
{
    return model->facts.checked == STATUS_HEALTHY || model->facts.checked == STATUS_DEGRADED;
}

/* What the controller does in each look, before it decides. */
static void model_look(struct model *model)
{
    const struct observed *observed = model->instance->observed;
    enum intent intent = model->healing->intent;
    enum status status = STATUS_STOPPED;
    if (observed->state == CONTAINER_RUNNING)
        status = model->verdict.status;
    else if (observed->state == CONTAINER_RESTARTING || intent == INTENT_OURS ||
             (intent == INTENT_CRASH && observed->exit_code))
        status = STATUS_UNHEALTHY;
    model->facts.checked = status;
    model->instance->health.status = status;
    model->instance->health.latest_passed = is_running(model) && model->verdict.latest_passed;
    healing_observe(model->healing, model->instance->spec, is_well(model), model->now.wall_ms);
    if (is_well(model)) {
        if (!model->healthy_from)
            model->healthy_from = model->now.mono_ms;
        model->last_trial_mono = 0;
        model->trials = 0;
        if (model->now.mono_ms - model->healthy_from >= model->instance->spec->restart_window_ms)
            model->acts = 0;
    } else {
        model->healthy_from = 0;
    }
}

static void facts_now(struct model *model, struct facts *ret)
{
    *ret = model->facts;
    ret->instance = model->instance;
    ret->healing = model->healing;
    ret->now = model->now;
    ret->restarting = model->in_flight;
    ret->deploying = (struct told){.holds = model->deploying_until > model->now.wall_ms,
                                   .ends_wall_ms = model->deploying_until,
                                   .sentence = "A deployment is under way; ends when it has settled."};
    ret->dependency = (struct told){.holds = model->dependency_until > model->now.wall_ms,
                                    .ends_wall_ms = model->dependency_until,
                                    .sentence = "db is sick; ends when it is healthy."};
}

static bool is_budget(const struct decision *decision)
{
    return decision->action == ACTION_HOLD && strcmp(decision->reason, hold_name[HOLD_BUDGET]) == 0;
}

/* As the controller decides: a used budget makes it failed, and is asked again. */
static void model_decide(struct model *model, struct facts *facts, struct decision *decision)
{
    facts_now(model, facts);
    decide(facts, decision);
    if (is_budget(decision) && healing_fail(model->healing, model->now.wall_ms)) {
        facts_now(model, facts);
        decide(facts, decision);
    }
}

/* ---- what must hold ---- */

/* The decision is what the ladder says, row by row. */
static void check_ladder(const struct model *model, const struct facts *facts,
                         const struct decision *decision)
{
    struct ladder_row rows[HOLD_COUNT];
    size_t first = 0;
    decide_ladder(facts, rows);
    while (first < HOLD_COUNT && !rows[first].holds)
        first++;
    const char *trigger = decide_trigger(facts);
    if (!trigger) {
        CHECK(model, decision->action != ACTION_ACT, "nothing to heal (%s)", decision->reason);
        return;
    }
    if (first == HOLD_COUNT) {
        CHECK(model, decision->action == ACTION_ACT, "%s, and no row holds", trigger);
        CHECK(model, strcmp(decision->reason, trigger) == 0, "acts for %s", decision->reason);
        return;
    }
    CHECK(model, decision->action == ACTION_HOLD, "%s holds", hold_name[first]);
    CHECK(model, strcmp(decision->reason, hold_name[first]) == 0, "%s holds first", hold_name[first]);
    CHECK(model, strcmp(decision->sentence, rows[first].sentence) == 0, "%s", rows[first].sentence);
}

static bool says(const char *sentence, const regex_t *expression)
{
    return regexec(expression, sentence, 0, NULL, 0) == 0;
}

/* A hold says what ends it, and nothing that is old a second later. */
static void check_sentence(const struct model *model, const struct facts *facts,
                           const struct decision *decision)
{
    bool named = says(decision->sentence, &model->patterns->ends);
    bool relative = says(decision->sentence, &model->patterns->relative);
    CHECK(model, named, "says what ends it: %s", decision->sentence);
    CHECK(model, !relative, "holds no relative time: %s", decision->sentence);
    /* Others being restarted or not reached, and a second more, change no word of it. */
    struct facts later = *facts;
    struct decision again;
    later.now.mono_ms += 1;
    later.now.wall_ms += 1;
    later.recent_restarts += later.recent_restarts != 0;
    decide(&later, &again);
    if (again.action == ACTION_HOLD && strcmp(again.reason, decision->reason) == 0)
        CHECK(model, strcmp(again.sentence, decision->sentence) == 0, "'%s' becomes '%s'", decision->sentence,
              again.sentence);
}

/* A timed hold ends: at its end that row holds no more, or names a later end, a few times at most. */
static void check_end(const struct model *model, const struct decision *decision)
{
    struct model copy = *model;
    struct healing healing = *model->healing;
    struct decision now = *decision;
    int64_t bound = model->now.wall_ms +
                    (strcmp(now.reason, hold_name[HOLD_MAINTENANCE]) == 0 ? 3 * DAY : 2 * HOUR);
    copy.healing = &healing;
    for (unsigned ends = 0; now.next_at_wall_ms; ends++) {
        struct facts facts;
        CHECK(model, ends < LATER_ENDS, "%s names one end after the other", now.reason);
        CHECK(model, now.next_at_wall_ms > copy.now.wall_ms, "%s ends later than now", now.reason);
        CHECK(model, now.next_at_wall_ms <= bound, "%s ends in reasonable time", now.reason);
        copy.now.mono_ms += now.next_at_wall_ms - copy.now.wall_ms;
        copy.now.wall_ms = now.next_at_wall_ms;
        model_decide(&copy, &facts, &now);
        if (now.action != ACTION_HOLD || strcmp(now.reason, decision->reason) != 0)
            return;
    }
}

static void check_act(struct model *model, const struct facts *facts)
{
    CHECK(model, !model->in_flight, "it is being restarted already");
    CHECK(model, model->now.mono_ms >= model->engine_busy_until, "the engine is restarting it still");
    CHECK(model, !model->facts.stop_asked || !is_running(model), "somebody is stopping it");
    if (!decide_is_trial(facts)) {
        model->acts++;
        CHECK(model, model->acts <= model->instance->spec->restart_max, "counted restart %u", model->acts);
        return;
    }
    if (model->last_trial_mono) {
        int64_t pause = model->now.mono_ms - model->last_trial_mono, least = 5 * MINUTE;
        for (unsigned i = 0; i < model->trials && least < HOUR; i++)
            least *= 2;
        CHECK(model, pause >= (least < HOUR ? least : HOUR), "trial %u follows after %lld ms", model->trials,
              (long long)pause);
    }
    model->last_trial_mono = model->now.mono_ms;
    model->trials++;
    int64_t wait = model->healing->next_trial_at - model->now.wall_ms;
    CHECK(model, wait <= 0, "a trial is due: %lld ms", (long long)wait);
}

static void model_settle(struct model *model)
{
    struct facts facts;
    struct decision decision;
    model_look(model);
    model_decide(model, &facts, &decision);
    check_ladder(model, &facts, &decision);
    CHECK(model, decision.sentence[0] && strlen(decision.sentence) < sizeof decision.sentence - 1, "%s",
          decision.sentence);
    if (decision.action == ACTION_HOLD) {
        check_sentence(model, &facts, &decision);
        check_end(model, &decision);
    }
    if (decision.action != ACTION_ACT)
        return;
    check_act(model, &facts);
    model->before = *model->healing;
    model->in_flight = true;
    model->in_flight_trial = decide_is_trial(&facts);
    model->engine_busy_until = model->now.mono_ms + between(model, SECOND, ENGINE_RESTART_MS);
    healing_restart(model->healing, model->instance->observed->id, decision.reason, model->in_flight_trial,
                    model->now.wall_ms);
    if (model->in_flight_trial) {
        int64_t wait = model->healing->next_trial_at - model->now.wall_ms;
        CHECK(model, wait <= HOUR && wait >= 10 * MINUTE, "the next trial waits %lld ms", (long long)wait);
    }
}

/* ---- what may happen ---- */

static void starts(struct model *model)
{
    struct observed *observed = model->instance->observed;
    observed->state = CONTAINER_RUNNING;
    observed->started_at_wall_ms = model->now.wall_ms;
    model->healing->intent = INTENT_NONE;
    model->facts.stop_asked = false;
    verdict_start(&model->verdict, model->now.mono_ms);
    breaker_restart(&model->breaker);
}

static void step_check(struct model *model)
{
    static const enum outcome_kind kinds[] = {OUTCOME_PASS, OUTCOME_PASS, OUTCOME_STATUS,
                                              OUTCOME_READ_TIMEOUT, OUTCOME_REFUSED};
    const struct spec *spec = model->instance->spec;
    struct outcome outcome = {.kind = kinds[draw(model) % 5]};
    struct verdict_policy verdict = {spec->retries, spec->successes, spec->start_period_ms};
    struct breaker_policy policy = breaker_policy(spec);
    if (!is_running(model))
        return;
    bool passed = outcome.kind == OUTCOME_PASS;
    verdict_step(&model->verdict, &verdict, &outcome, model->now.mono_ms);
    enum breaker_state was = model->breaker.state;
    breaker_tick(&model->breaker, &policy, model->now.mono_ms);
    was = was == BREAKER_OPEN ? model->breaker.state : was;
    unsigned passes = model->breaker.passes;
    breaker_step(&model->breaker, &policy, passed, model->now.mono_ms);
    if (was == BREAKER_HALF_OPEN && !passed)
        CHECK(model, model->breaker.state == BREAKER_OPEN, "a half-open one that fails opens");
    if (was == BREAKER_HALF_OPEN && passed && passes + 1 >= policy.success_threshold)
        CHECK(model, model->breaker.state == BREAKER_CLOSED,
              "a half-open one that passed often enough closes");
    if (was == BREAKER_OPEN)
        CHECK(model, model->breaker.state == BREAKER_OPEN, "an open one waits for its time");
    model->instance->health.http_status = passed ? 200 : outcome.kind == OUTCOME_STATUS ? 500 : 0;
    model->facts.doubted = false;
}

static void step_time(struct model *model)
{
    static const int64_t most[] = {SECOND, 20 * SECOND, MINUTE, 10 * MINUTE, 2 * HOUR};
    int64_t passes = between(model, 1, most[draw(model) % 5]);
    model->now.mono_ms += passes;
    model->now.wall_ms += passes;
}

/* Somebody sets the machine's clock; the controller notices and moves its memory along. */
static void step_jump(struct model *model)
{
    int64_t jump = between(model, -2 * DAY, 2 * DAY);
    model->now.wall_ms += jump;
    memory_clock_moved(model->memory, jump, model->now.wall_ms);
    model->instance->observed->started_at_wall_ms += jump; /* those that tell these times know it, too */
    model->deploying_until += model->deploying_until ? jump : 0;
    model->dependency_until += model->dependency_until ? jump : 0;
    model->facts.maintenance_until_wall_ms = 0;
}

static void step_container(struct model *model)
{
    struct observed *observed = model->instance->observed;
    struct healing *healing = model->healing;
    if (model->in_flight)
        return;
    switch (draw(model) % 8) {
    case 0:
    case 1: /* it ends by itself */
        observed->state = CONTAINER_EXITED;
        observed->exit_code = chance(model, 70) ? 1 : 0;
        healing->intent = observed->exit_code ? INTENT_CRASH : INTENT_FINISHED;
        break;
    case 2: /* or by somebody */
        observed->state = CONTAINER_EXITED;
        healing->intent = chance(model, 50) ? INTENT_MANUAL : INTENT_ENGINE_SHUTDOWN;
        break;
    case 3:
        observed->state = chance(model, 50) ? CONTAINER_PAUSED : CONTAINER_RESTARTING;
        break;
    case 4:
        model->facts.stop_asked = is_running(model);
        break;
    default:
        starts(model);
        break;
    }
}

static void step_fleet(struct model *model)
{
    struct facts *facts = &model->facts;
    switch (draw(model) % 9) {
    case 0:
        facts->engine_connected = !facts->engine_connected;
        break;
    case 1:
        facts->unreachable_many = !facts->unreachable_many;
        facts->doubted = !facts->unreachable_many;
        break;
    case 2:
        facts->in_flight = (unsigned)between(model, 0, 3);
        break;
    case 3:
        facts->recent_restarts = (unsigned)between(model, 0, 12);
        break;
    case 4:
        facts->maintenance_until_wall_ms = model->now.wall_ms + between(model, -MINUTE, 2 * DAY);
        break;
    case 5:
        model->deploying_until = model->now.wall_ms + between(model, 0, 15 * MINUTE);
        break;
    case 6:
        model->dependency_until = model->now.wall_ms + between(model, 0, 15 * MINUTE);
        break;
    case 7:
        facts->check_passed = chance(model, 90);
        break;
    default:
        facts->dry_run = chance(model, 10);
        break;
    }
}

/* The engine answers our restart, if there is one. */
static void step_answer(struct model *model)
{
    if (!model->in_flight)
        return;
    model->in_flight = false;
    if (chance(model, 15)) { /* refused, or the look before it said no */
        healing_undo(model->healing, &model->before);
        model->acts -= !model->in_flight_trial;
        model->engine_busy_until = 0;
        if (model->in_flight_trial) {
            model->last_trial_mono = 0;
            model->trials = model->healing->trials;
        }
    } else if (model->now.mono_ms < model->engine_busy_until) {
        int64_t rest = model->engine_busy_until - model->now.mono_ms;
        model->now.mono_ms += rest;
        model->now.wall_ms += rest;
    }
    if (chance(model, 85))
        starts(model);
    model->healing->pending_at = 0;
    model->healing->pending_container[0] = '\0';
}

/* quaywatch ends and begins again: what is in its memory is the same, a call under way is not known any more.
 */
static void step_reborn(struct model *model)
{
    struct buf text, again;
    struct error err = {0};
    struct memory *read = memory_new();
    buf_init(&text, SIZE_MAX / 2);
    buf_init(&again, SIZE_MAX / 2);
    memory_render(model->memory, &text);
    CHECK(model, memory_read(read, buf_string(&text), text.len, &err) == 0, "%s", err.text);
    memory_render(read, &again);
    CHECK(model, strcmp(buf_string(&text), buf_string(&again)) == 0, "memory survives: %s",
          buf_string(&again));
    buf_free(&text);
    buf_free(&again);
    memory_free(model->memory);
    model->memory = read;
    model->healing = memory_get(read, "k", 1);
    model->in_flight = false;
    model->facts.settle_ends_mono = model->now.mono_ms + 30 * SECOND;
    verdict_start(&model->verdict,
                  model->now.mono_ms - (model->now.wall_ms - model->instance->observed->started_at_wall_ms));
    model->breaker = (struct breaker){0};
    model->healthy_from =
        0; /* memory may know better: then it lets go earlier than this onlooker, see below */
    model->acts = model->healing->counted;
}

static void random_history(uint64_t seed, const struct patterns *patterns)
{
    struct model model;
    model_open(&model, seed);
    model.patterns = patterns;
    bool jumps = seed % 2;
    for (model.step = 0; model.step < STEPS; model.step++) {
        unsigned what = (unsigned)(draw(&model) % 100);
        if (what < 45)
            step_check(&model);
        else if (what < 70)
            step_time(&model);
        else if (what < 78)
            step_container(&model);
        else if (what < 88)
            step_fleet(&model);
        else if (what < 97)
            step_answer(&model);
        else if (what < 98)
            step_reborn(&model);
        else if (jumps)
            step_jump(&model);
        model_settle(&model);
    }
    model_close(&model);
}

static void every_history(void **state)
{
    (void)state;
    struct patterns patterns;
    regcomp(&patterns.ends,
            "end|until|wait|follow|allows|restarts crashes|restarts that|Never restarted|Observing only|Not "
            "restarted|Dry run|heals it|mend|add |decision",
            REG_EXTENDED | REG_NOSUB);
    regcomp(&patterns.relative,
            "[0-9]+ ?(ms|s|sec|seconds?|m|min|minutes?|h|hours?|days?)\\b|\\bago\\b|\\bin [0-9]",
            REG_EXTENDED | REG_NOSUB);
    for (uint64_t seed = 1; seed <= HISTORIES; seed++)
        random_history(seed, &patterns);
    regfree(&patterns.ends);
    regfree(&patterns.relative);
}

/* ---- the breaker and who serves ---- */

/* An open breaker takes an instance out of service, unless it is the last one and its latest check passed. */
static void check_serving(const struct model *model, const struct service *service)
{
    bool any_fit = false, any = false;
    for (const struct instance *at = service->first; at; at = at->next)
        any_fit |= at->serving && at->breaker.state == BREAKER_CLOSED &&
                   (at->health.status == STATUS_HEALTHY || at->health.status == STATUS_DEGRADED ||
                    at->health.status == STATUS_UNKNOWN);
    for (const struct instance *at = service->first; at; at = at->next) {
        any |= at->serving;
        if (!at->serving)
            continue;
        CHECK(model, at->observed->state == CONTAINER_RUNNING, "%s serves", at->observed->container);
        if (at->breaker.state == BREAKER_CLOSED)
            continue;
        CHECK(model, !any_fit && at->health.latest_passed, "%s serves behind its breaker",
              at->observed->container);
    }
    CHECK(model, any == service->serving, "the service serves as its instances do");
}

static void no_open_breaker_serves(void **state)
{
    (void)state;
    struct model model;
    model_open(&model, 1);
    sample_add(model.registry, sample_spec("k", "web"), sample_observed('b', "web-2"));
    sample_add(model.registry, sample_spec("k", "web"), sample_observed('c', "web-3"));
    registry_settle(model.registry, model.now);
    for (model.step = 0; model.step < 20000; model.step++) {
        for (const struct instance *at = model.instance->service->first; at; at = at->next) {
            struct breaker_view breaker = {.state = (enum breaker_state)(draw(&model) % BREAKER_STATE_COUNT)};
            struct health_view health = {.status = (enum status)(draw(&model) % STATUS_COUNT),
                                         .latest_passed = chance(&model, 50)};
            struct change changes[] = {{.kind = CHANGE_BREAKER, .ref = at->ref, .breaker = &breaker},
                                       {.kind = CHANGE_HEALTH, .ref = at->ref, .health = &health}};
            registry_apply(model.registry, &changes[0], model.now);
            registry_apply(model.registry, &changes[1], model.now);
        }
        registry_settle(model.registry, model.now);
        check_serving(&model, model.instance->service);
    }
    model_close(&model);
}

/* However it came to be open: it half-opens after its time, and then closes or opens again. */
static void every_open_breaker_is_tried(void **state)
{
    (void)state;
    struct model model;
    model_open(&model, 2);
    struct breaker_policy policy = breaker_policy(model.instance->spec);
    struct breaker breaker = {0};
    for (model.step = 0; model.step < 50000; model.step++) {
        step_time(&model);
        breaker_step(&breaker, &policy, chance(&model, 40), model.now.mono_ms);
        CHECK(&model, breaker_failures(&breaker, &policy, model.now.mono_ms) <= policy.failure_threshold,
              "failures stop at the threshold");
        if (breaker.state != BREAKER_OPEN)
            continue;
        int64_t wait = breaker_wait(&breaker, &policy, model.now.mono_ms);
        CHECK(&model, wait > 0 && wait <= policy.recovery_ms, "it waits %lld ms", (long long)wait);
        struct breaker later = breaker;
        CHECK(&model, breaker_tick(&later, &policy, model.now.mono_ms + wait - 1) == BREAKER_SAME,
              "not earlier");
        CHECK(&model, breaker_tick(&later, &policy, model.now.mono_ms + wait) == BREAKER_HALF_OPENED, "then");
    }
    model_close(&model);
}

/* Trials: five minutes after it failed, then twice as long each time, an hour at most. */
static void trials_double(void **state)
{
    (void)state;
    char key[] = "k#1";
    struct healing healing = {.key = key};
    int64_t now = 1700000000000;
    assert_true(healing_fail(&healing, now));
    assert_int_equal(healing.next_trial_at - now, 5 * MINUTE);
    static const int64_t pauses[] = {10 * MINUTE, 20 * MINUTE, 40 * MINUTE, HOUR, HOUR, HOUR};
    for (size_t i = 0; i < sizeof pauses / sizeof pauses[0]; i++) {
        now = healing.next_trial_at;
        healing_restart(&healing, "a", "unhealthy", true, now);
        assert_int_equal(healing.next_trial_at - now, pauses[i]);
        assert_int_equal(healing.counted, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_history),
        cmocka_unit_test(no_open_breaker_serves),
        cmocka_unit_test(every_open_breaker_is_tried),
        cmocka_unit_test(trials_double),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

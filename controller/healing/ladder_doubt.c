/* SPDX-License-Identifier: MIT */
/* ladder_doubt.c: the holds from doubt: is the instance sick at all, and would a restart cure it? */
#include "controller/healing/ladder.h"

/* What a check found without the network is never the network's fault. (Docker's own verdict is one of ours
 * only by hearsay: its check may ask over the network that is in doubt.) */
static bool needs_no_network(enum check_kind check)
{
    return !check_over_network(check) && check != CHECK_DOCKER && check != CHECK_NONE;
}

void ladder_check_wrong(const struct facts *facts, struct judgement *ret)
{
    const struct health_shown *health = &facts->instance->health;
    int status = health->http_status;
    bool client_error = status >= 400 && status < 500 && status != 408 && status != 429;
    bool missing = health->error_class == ERROR_CLASS_CLIENT && !status;
    bool judged_by_probe = health->check != CHECK_DOCKER && health->check != CHECK_NONE;
    if (facts_down(facts) || !judged_by_probe || decide_follows(facts))
        ladder_say(ret, false, "The check's own answer is not the fault.");
    else if (facts->check_passed)
        ladder_say(ret, false, "This check has passed before.");
    else if (client_error)
        ladder_say(
            ret, true,
            "The answer is %d and this check has never passed: mend path or port, a restart cures nothing.",
            status);
    else if (missing)
        ladder_say(ret, true,
                   "%.120s. This check has never passed: mend its labels, a restart cures nothing.",
                   health->message);
    else if (health->implicit)
        ladder_say(ret, true,
                   "An unasked-for check that has never passed proves nothing; add service.health.* labels.");
    else
        ladder_say(ret, false, "The answer is not a client error.");
}

void ladder_start_period(const struct facts *facts, struct judgement *ret)
{
    const struct instance *instance = facts->instance;
    int64_t end = instance->observed->started_at_wall_ms + instance->spec->start_period_ms;
    if (instance->observed->state == CONTAINER_RUNNING && facts->checked == STATUS_STARTING &&
        end > facts->now.wall_ms) {
        ladder_say(ret, true, "Still inside its start period; judged when that ends.");
        ret->ends_wall_ms = end;
    } else {
        ladder_say(ret, false, "Its start period is over.");
    }
}

void ladder_unreachable(const struct facts *facts, struct judgement *ret)
{
    const struct observed *observed = facts->instance->observed;
    bool proof_wanted = !decide_follows(facts);
    if (needs_no_network(facts->instance->health.check))
        ladder_say(ret, false, "Its check needs no network.");
    else if (proof_wanted && observed->unreachable && facts->instance->health.check != CHECK_DOCKER &&
             !facts_down(facts))
        ladder_say(ret, true, "Cannot be reached from here (%.120s): that is no proof of sickness.",
                   observed->unreachable);
    else if (facts->unreachable_many)
        ladder_say(ret, true,
                   "Most checked instances cannot be reached: the fault may be ours; ends when most answer.");
    else if (proof_wanted && facts->doubted)
        ladder_say(ret, true,
                   "Its answer is from a time when most could not be reached; ends with its next check.");
    else
        ladder_say(ret, false, "The network is not in doubt.");
}

void ladder_dependency(const struct facts *facts, struct judgement *ret)
{
    ladder_say(ret, facts->dependency.holds, "%s",
               facts->dependency.sentence[0] ? facts->dependency.sentence
                                             : "No required dependency is down.");
    ret->ends_wall_ms = facts->dependency.ends_wall_ms;
}

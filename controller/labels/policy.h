/* policy.h: what follows from all labels together: which check runs, and whether a restart is wanted. Needs
 * the fields. Inside labels/ only. */
#ifndef QUAYWATCH_CONTROLLER_LABELS_POLICY_H
#define QUAYWATCH_CONTROLLER_LABELS_POLICY_H

#include "controller/labels/resolution.h"

/* Decides the explicit check, or else which implicit one may run (CONTRACT section 4). */
void policy_check(struct resolution *r);

/* Fills the restart policy where no label names one, and sets durations straight that contradict each other.
 */
void policy_healing(struct resolution *r);

/* Findings for what is allowed and still weak: an interval below the timeout, a port that nobody chose. After
 * all else. */
void policy_weaknesses(struct resolution *r);

#endif

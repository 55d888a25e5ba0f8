/* SPDX-License-Identifier: MIT */
/* alert_channels.c: the settings as the alert channels want them, and what is told of their troubles. A part
 * of the controller. */
#include "controller/controller_internal.h"

#include "controller/core/error.h"
#include "exporter/alerts/channels.h"

_Static_assert((int)MAIL_REQUIRED == (int)ALERT_EMAIL_TLS_REQUIRED &&
                   (int)MAIL_OFF == (int)ALERT_EMAIL_TLS_OFF,
               "the setting is handed on as it is");

static struct channels_config config_of(const struct controller *controller)
{
    const struct options *options = controller->options;
    return (struct channels_config){
        .url = {[CHANNEL_WEBHOOK] = options->alert_webhook,
                [CHANNEL_SLACK] = options->alert_slack,
                [CHANNEL_DISCORD] = options->alert_discord,
                [CHANNEL_NTFY] = options->alert_ntfy,
                [CHANNEL_GOTIFY] = options->alert_gotify,
                [CHANNEL_EMAIL] = options->alert_email,
                [CHANNEL_ALERTMANAGER] = options->alert_alertmanager,
                [CHANNEL_HEALTHCHECKS] = options->alert_healthchecks},
        .ntfy_token = options->alert_ntfy_token,
        .gotify_token = options->alert_gotify_token,
        .email_from = options->alert_email_from,
        .email_to = options->alert_email_to,
        .email_security = (enum mail_security)options->alert_email_tls,
        .ca_file = options->alert_ca,
        .host = registry_controller(controller->registry)->host,
        .ping_interval_ms = options->alert_ping_ms,
        .retry = options->retry_enabled,
        .attempts = options->retry_attempts,
        .retry_base_ms = options->retry_base_ms,
        .retry_max_ms = options->retry_max_ms,
    };
}

static void on_trouble(void *user, enum channel_kind kind, const char *sentence)
{
    struct controller *controller = user;
    const char *name = kind < CHANNEL_COUNT ? channel_name[kind] : "their queue";
    controller->now = clock_now();
    if (sentence)
        tell(controller, SEVERITY_WARNING, "alert-channel", NULL, "Alerts by %s: %s", name, sentence);
    else
        tell(controller, SEVERITY_INFO, "alert-channel", NULL, "Alerts by %s work again", name);
}

int alert_channels_open(struct controller *controller, struct error *err)
{
    const struct channels_config config = config_of(controller);
    controller->channels = channels_open(&controller->loop, &config, controller->state_dir,
                                         &controller->stats, on_trouble, controller, err);
    controller->context.channels = controller->channels;
    return controller->channels ? 0 : err->code;
}

void alert_channels_configure(struct controller *controller)
{
    const struct channels_config config = config_of(controller);
    if (controller->channels)
        channels_configure(controller->channels, &config);
}

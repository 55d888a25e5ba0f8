/* exit_dns.h: the settings of the DNS server, DNS_LISTEN and what belongs to it; see exits.h. */
#ifndef QUAYWATCH_CONTROLLER_EXIT_DNS_H
#define QUAYWATCH_CONTROLLER_EXIT_DNS_H

#include "controller/exits.h"

exit_settings exit_dns_settings;
exit_open exit_dns_open;
exit_check exit_dns_check;

#endif

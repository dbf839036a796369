#pragma once
// Without it sd_journal_sendv is a macro, which Swift can't import, and which would name this
// header as the source of every message.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>

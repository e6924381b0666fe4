# SPDX-License-Identifier: MIT
# Real peers: Debian's mosquitto and its clients. Skipped, and said so, where they are not installed; a failure then with
# MQTTWILL_REQUIRE_PEERS=1.
interop_scripts = \
	tests/interop/mosquitto_broker \
	tests/interop/mosquitto_clients
TESTS += $(interop_scripts)
EXTRA_DIST += $(interop_scripts)

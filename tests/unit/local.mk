# One program per source file, named after it. A new suite: its name in the list, and its LDADD line.
unit_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir)/tests $(CHECK_CFLAGS)
unit_wire = tests/support/libsupport.la src/lib/wire/libwire.la src/lib/base/libbase.la $(CHECK_LIBS)

unit_suites = \
	tests/unit/base_alloc \
	tests/unit/base_buffer \
	tests/unit/base_chain \
	tests/unit/base_heap \
	tests/unit/base_list \
	tests/unit/base_map \
	tests/unit/base_slice \
	tests/unit/base_status \
	tests/unit/base_utf8 \
	tests/unit/wire_ack \
	tests/unit/wire_auth \
	tests/unit/wire_connack \
	tests/unit/wire_connect \
	tests/unit/wire_disconnect \
	tests/unit/wire_fixed_header \
	tests/unit/wire_ping \
	tests/unit/wire_properties \
	tests/unit/wire_property \
	tests/unit/wire_publish \
	tests/unit/wire_reader \
	tests/unit/wire_reason \
	tests/unit/wire_suback \
	tests/unit/wire_subscribe \
	tests/unit/wire_topic \
	tests/unit/wire_writer

check_PROGRAMS += $(unit_suites)
TESTS += $(unit_suites)

tests_unit_base_alloc_CPPFLAGS = $(unit_cppflags)
tests_unit_base_alloc_LDADD = $(unit_wire)
tests_unit_base_buffer_CPPFLAGS = $(unit_cppflags)
tests_unit_base_buffer_LDADD = $(unit_wire)
tests_unit_base_chain_CPPFLAGS = $(unit_cppflags)
tests_unit_base_chain_LDADD = $(unit_wire)
tests_unit_base_heap_CPPFLAGS = $(unit_cppflags)
tests_unit_base_heap_LDADD = $(unit_wire)
tests_unit_base_list_CPPFLAGS = $(unit_cppflags)
tests_unit_base_list_LDADD = $(unit_wire)
tests_unit_base_map_CPPFLAGS = $(unit_cppflags)
tests_unit_base_map_LDADD = $(unit_wire)
tests_unit_base_slice_CPPFLAGS = $(unit_cppflags)
tests_unit_base_slice_LDADD = $(unit_wire)
tests_unit_base_status_CPPFLAGS = $(unit_cppflags)
tests_unit_base_status_LDADD = $(unit_wire)
tests_unit_base_utf8_CPPFLAGS = $(unit_cppflags)
tests_unit_base_utf8_LDADD = $(unit_wire)
tests_unit_wire_ack_CPPFLAGS = $(unit_cppflags)
tests_unit_wire_ack_LDADD = $(unit_wire)
tests_unit_wire_auth_CPPFLAGS = $(unit_cppflags)
tests_unit_wire_auth_LDADD = $(unit_wire)
tests_unit_wire_connack_CPPFLAGS = $(unit_cppflags)
tests_unit_wire_connack_LDADD = $(unit_wire)
tests_unit_wire_connect_CPPFLAGS = $(unit_cppflags)
tests_unit_wire_connect_LDADD = $(unit_wire)
tests_unit_wire_disconnect_CPPFLAGS = $(unit_cppflags)
tests_unit_wire_disconnect_LDADD = $(unit_wire)
tests_unit_wire_fixed_header_CPPFLAGS = $(unit_cppflags)
tests_unit_wire_fixed_header_LDADD = $(unit_wire)
tests_unit_wire_ping_CPPFLAGS = $(unit_cppflags)
tests_unit_wire_ping_LDADD = $(unit_wire)
tests_unit_wire_properties_CPPFLAGS = $(unit_cppflags)
tests_unit_wire_properties_LDADD = $(unit_wire)
tests_unit_wire_property_CPPFLAGS = $(unit_cppflags)
tests_unit_wire_property_LDADD = $(unit_wire)
tests_unit_wire_publish_CPPFLAGS = $(unit_cppflags)
tests_unit_wire_publish_LDADD = $(unit_wire)
tests_unit_wire_reader_CPPFLAGS = $(unit_cppflags)
tests_unit_wire_reader_LDADD = $(unit_wire)
tests_unit_wire_reason_CPPFLAGS = $(unit_cppflags)
tests_unit_wire_reason_LDADD = $(unit_wire)
tests_unit_wire_suback_CPPFLAGS = $(unit_cppflags)
tests_unit_wire_suback_LDADD = $(unit_wire)
tests_unit_wire_subscribe_CPPFLAGS = $(unit_cppflags)
tests_unit_wire_subscribe_LDADD = $(unit_wire)
tests_unit_wire_topic_CPPFLAGS = $(unit_cppflags)
tests_unit_wire_topic_LDADD = $(unit_wire)
tests_unit_wire_writer_CPPFLAGS = $(unit_cppflags)
tests_unit_wire_writer_LDADD = $(unit_wire)

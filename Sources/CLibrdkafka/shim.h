#pragma once
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

// What Swift can't import: the variadic producev, and functions that only newer versions have.

/// rd_kafka_producev with a copied payload. Headers stay the caller's when this returns an error.
/// produceva (an array of tagged unions, no variadics) is as fast, but returns an allocated error
/// object for a full queue, which is the one error that comes in bursts, and frees headers twice on
/// some errors in versions before 2.12 (confluentinc/librdkafka#4628).
static inline rd_kafka_resp_err_t forecastd_kafka_produce(
    rd_kafka_t *client, rd_kafka_topic_t *topic, int32_t partition, const void *key,
    size_t key_length, const void *value, size_t value_length, int64_t timestamp,
    rd_kafka_headers_t *headers) {
  if (headers)
    return rd_kafka_producev(
        client, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition),
        RD_KAFKA_V_KEY(key, key_length), RD_KAFKA_V_VALUE((void *)value, value_length),
        RD_KAFKA_V_TIMESTAMP(timestamp), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
  return rd_kafka_producev(
      client, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition),
      RD_KAFKA_V_KEY(key, key_length), RD_KAFKA_V_VALUE((void *)value, value_length),
      RD_KAFKA_V_TIMESTAMP(timestamp), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
}

/// Shortens the mock cluster's first group join where the library's version can.
static inline void forecastd_kafka_mock_group_delay(
    rd_kafka_mock_cluster_t *cluster, int32_t milliseconds) {
#if RD_KAFKA_VERSION >= 0x02060000
  rd_kafka_mock_group_initial_rebalance_delay_ms(cluster, milliseconds);
#else
  (void)cluster;
  (void)milliseconds;
#endif
}

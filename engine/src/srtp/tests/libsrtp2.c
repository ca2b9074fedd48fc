/* Packets that libsrtp2 protects: how libsrtp2.txt was made.
 *
 *     cc libsrtp2.c -lsrtp2 -o libsrtp2 && ./libsrtp2 > libsrtp2.txt
 *
 * Needs libsrtp2-dev, with the ciphers of RFC 7714 (Debian's has them). */

#include <arpa/inet.h>
#include <srtp2/srtp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW 1024
#define PACKET_MAX 1500

/* Extended sequence numbers in the order of sending: over the first and the second roll-over,
 * out of order there, and jumps forward and back. */
static const uint32_t ORDER[] = {
    65530, 65533, 65535, 65534, 65536, 65532, 65538, 65537, 65531, 66000, 98000,
    98001, 130000, 131070, 131073, 131071, 131072, 130500, 160000, 190000, 196608, 196607,
};

static uint32_t state = 1;

static uint8_t next_byte(void)
{
    state = state * 1664525u + 1013904223u;
    return state >> 24;
}

static void print(const uint8_t *bytes, int len)
{
    for (int i = 0; i < len; i++)
        printf("%02x", bytes[i]);
}

static void must(srtp_err_status_t status, const char *what)
{
    if (status != srtp_err_status_ok) {
        fprintf(stderr, "%s: %d\n", what, status);
        exit(1);
    }
}

static int fill(uint8_t *at, int len)
{
    for (int i = 0; i < len; i++)
        at[i] = next_byte();
    return len;
}

/* An RTP packet: contributing sources and a header extension in some, payloads of all lengths. */
static int rtp(uint8_t *packet, uint32_t ssrc, uint32_t sequence, int number)
{
    int sources = number % 4 == 1 ? 2 : 0, words = number % 3 == 1 ? number % 5 : -1;
    int payload = number == 7 ? 1100 : number == 3 ? 0 : number * 7 % 61;
    int len = 12;
    packet[0] = 0x80 | (words >= 0 ? 0x10 : 0) | sources;
    packet[1] = 96 | (number % 2 << 7);
    uint16_t low = htons((uint16_t)sequence);
    memcpy(packet + 2, &low, 2);
    fill(packet + 4, 4);
    uint32_t source = htonl(ssrc);
    memcpy(packet + 8, &source, 4);
    len += fill(packet + len, 4 * sources);
    if (words >= 0) {
        uint8_t start[4] = { 0xbe, 0xde, 0, (uint8_t)words };
        memcpy(packet + len, start, 4);
        len += 4;
        len += fill(packet + len, 4 * words);
    }
    return len + fill(packet + len, payload);
}

/* An RTCP packet: a receiver report without blocks, with more behind it in some. */
static int rtcp(uint8_t *packet, uint32_t ssrc, int number)
{
    uint8_t start[4] = { 0x80, 201, 0, 1 };
    uint32_t source = htonl(ssrc);
    memcpy(packet, start, 4);
    memcpy(packet + 4, &source, 4);
    return 8 + fill(packet + 8, 4 * (number * 5 % 12));
}

static void profile(const char *name, void (*set_rtp)(srtp_crypto_policy_t *),
                    void (*set_rtcp)(srtp_crypto_policy_t *), int key_bytes)
{
    uint8_t key[64], packet[PACKET_MAX + SRTP_MAX_TRAILER_LEN + 4];
    srtp_policy_t policy;
    srtp_t session;
    memset(&policy, 0, sizeof(policy));
    set_rtp(&policy.rtp);
    set_rtcp(&policy.rtcp);
    fill(key, key_bytes);
    policy.ssrc.type = ssrc_any_outbound;
    policy.key = key;
    policy.window_size = WINDOW;
    must(srtp_create(&session, &policy), name);
    printf("profile %s\nkey ", name);
    print(key, key_bytes);
    printf("\n");
    for (int i = 0; i < (int)(sizeof(ORDER) / sizeof(*ORDER)); i++) {
        uint32_t ssrc = 0xcafe0000u + (i % 7 == 6);
        int len = rtp(packet, ssrc, ORDER[i], i);
        printf("rtp ");
        print(packet, len);
        must(srtp_protect(session, packet, &len), "srtp_protect");
        printf(" ");
        print(packet, len);
        printf("\n");
    }
    for (int i = 0; i < 8; i++) {
        int len = rtcp(packet, 0xcafe0000u + (i % 3 == 2), i);
        printf("rtcp ");
        print(packet, len);
        must(srtp_protect_rtcp(session, packet, &len), "srtp_protect_rtcp");
        printf(" ");
        print(packet, len);
        printf("\n");
    }
    must(srtp_dealloc(session), "srtp_dealloc");
}

int main(void)
{
    must(srtp_init(), "srtp_init");
    printf("# Packets in the clear and protected, made by libsrtp2.c with %s.\n",
           srtp_get_version_string());
    profile("SRTP_AES128_CM_HMAC_SHA1_80", srtp_crypto_policy_set_rtp_default,
            srtp_crypto_policy_set_rtcp_default, 30);
    profile("SRTP_AES128_CM_HMAC_SHA1_32", srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32,
            srtp_crypto_policy_set_rtcp_default, 30);
    profile("SRTP_AEAD_AES_128_GCM", srtp_crypto_policy_set_aes_gcm_128_16_auth,
            srtp_crypto_policy_set_aes_gcm_128_16_auth, 28);
    profile("SRTP_AEAD_AES_256_GCM", srtp_crypto_policy_set_aes_gcm_256_16_auth,
            srtp_crypto_policy_set_aes_gcm_256_16_auth, 44);
    return 0;
}

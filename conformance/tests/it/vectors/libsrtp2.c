/* Protects and unprotects packets by libsrtp2, for the tests beside this file.
 *
 * Arguments: profile, key with salt of what comes in, key with salt of what goes out. Each line of standard input is a verb and a packet in
 * hexadecimal digits; the answer is one line, "ok" and a packet, or "error" and libsrtp's number. */
#include <srtp2/srtp.h>
#include <stdio.h>
#include <string.h>

#define BYTES_MAX 2048

static int bytes_of(const char *hex, unsigned char *out) {
    int count = 0;
    unsigned int byte;
    while (count < BYTES_MAX && sscanf(hex + 2 * count, "%2x", &byte) == 1) out[count++] = byte;
    return count;
}

static int make(srtp_t *session, const char *profile, const char *hex, srtp_ssrc_type_t type) {
    static unsigned char keys[2][BYTES_MAX];
    unsigned char *key = keys[type == ssrc_any_inbound];
    srtp_policy_t policy;
    memset(&policy, 0, sizeof policy);
    if (strcmp(profile, "AEAD_AES_128_GCM") == 0) {
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
    } else if (strcmp(profile, "AEAD_AES_256_GCM") == 0) {
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp);
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtcp);
    } else {
        srtp_crypto_policy_set_rtp_default(&policy.rtp);
        srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
    }
    if (bytes_of(hex, key) != policy.rtp.cipher_key_len) return srtp_err_status_bad_param;
    policy.ssrc.type = type;
    policy.key = key;
    policy.window_size = 128;
    return srtp_create(session, &policy);
}

int main(int count, char **arguments) {
    static char line[2 * BYTES_MAX + 64];
    static unsigned char packet[BYTES_MAX + SRTP_MAX_TRAILER_LEN + 8];
    srtp_t in, out;
    char verb[20];
    if (count != 4 || srtp_init() != srtp_err_status_ok) return 2;
    int failed = make(&in, arguments[1], arguments[2], ssrc_any_inbound);
    if (!failed) failed = make(&out, arguments[1], arguments[3], ssrc_any_outbound);
    if (failed) {
        fprintf(stderr, "libsrtp2 takes no such keys: %d\n", failed);
        return 3;
    }
    while (fgets(line, sizeof line, stdin)) {
        int skip = 0, status = -1;
        if (sscanf(line, "%19s %n", verb, &skip) != 1) continue;
        int length = bytes_of(line + skip, packet);
        if (strcmp(verb, "unprotect") == 0) status = srtp_unprotect(in, packet, &length);
        if (strcmp(verb, "unprotect_rtcp") == 0) status = srtp_unprotect_rtcp(in, packet, &length);
        if (strcmp(verb, "protect") == 0) status = srtp_protect(out, packet, &length);
        if (strcmp(verb, "protect_rtcp") == 0) status = srtp_protect_rtcp(out, packet, &length);
        if (status != 0) {
            printf("error %d\n", status);
        } else {
            printf("ok ");
            for (int index = 0; index < length; index++) printf("%02x", packet[index]);
            printf("\n");
        }
        fflush(stdout);
    }
    return 0;
}

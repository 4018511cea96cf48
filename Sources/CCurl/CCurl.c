#define _GNU_SOURCE
#include "CCurl.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

CURLcode ccurl_set_string(CURL *easy, CURLoption option, const char *value) {
    return (curl_easy_setopt)(easy, option, value);
}

CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value) { return (curl_easy_setopt)(easy, option, value); }

CURLcode ccurl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return (curl_easy_setopt)(easy, option, value);
}

CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, void *value) {
    return (curl_easy_setopt)(easy, option, value);
}

CURLcode ccurl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return (curl_easy_setopt)(easy, option, value);
}

CURLcode ccurl_set_data_callback(CURL *easy, CURLoption option, ccurl_data_callback callback) {
    return (curl_easy_setopt)(easy, option, callback);
}

CURLcode ccurl_get_long(CURL *easy, CURLINFO info, long *value) { return (curl_easy_getinfo)(easy, info, value); }

CURLcode ccurl_get_offset(CURL *easy, CURLINFO info, curl_off_t *value) {
    return (curl_easy_getinfo)(easy, info, value);
}

CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return (curl_multi_setopt)(multi, option, value);
}

int ccurl_next_done(CURLM *multi, CURL **easy, CURLcode *result) {
    int left = 0;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left))) {
        if (message->msg != CURLMSG_DONE) continue;
        *easy = message->easy_handle;
        *result = message->data.result;
        return 1;
    }
    return 0;
}

CURLcode ccurl_set_basics(CURL *easy) {
#if LIBCURL_VERSION_NUM >= 0x075700
    // Without this, giving up a transfer waits for its name lookup, and every other transfer with it.
    (void)(curl_easy_setopt)(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
#if LIBCURL_VERSION_NUM >= 0x075500
    return (curl_easy_setopt)(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    return (curl_easy_setopt)(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

static int forbidden_v4(const uint8_t *a) {
    static const uint8_t alibaba[4] = {100, 100, 100, 200}, azure[4] = {168, 63, 129, 16};
    return (a[0] == 169 && a[1] == 254) || memcmp(a, alibaba, 4) == 0 || memcmp(a, azure, 4) == 0;
}

static int forbidden(const struct curl_sockaddr *address) {
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    static const uint8_t aws[16] = {0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54};
    uint8_t a[16];
    if (address->family == AF_INET) {
        memcpy(a, (const char *)&address->addr + offsetof(struct sockaddr_in, sin_addr), 4);
        return forbidden_v4(a);
    }
    if (address->family == AF_INET6) {
        // addr is declared as the small sockaddr, but libcurl lays out the whole address behind it.
        memcpy(a, (const char *)&address->addr + offsetof(struct sockaddr_in6, sin6_addr), 16);
        if (memcmp(a, mapped, 12) == 0) return forbidden_v4(a + 12);
        return (a[0] == 0xfe && (a[1] & 0xc0) == 0x80) || memcmp(a, aws, 16) == 0;
    }
    return 0;
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address) {
    ccurl_socket_guard *guard = context;
    (void)purpose;
    if (guard->refuse_link_local && forbidden(address)) {
        guard->refused = 1;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

CURLcode ccurl_set_socket_guard(CURL *easy, ccurl_socket_guard *guard) {
    CURLcode code = (curl_easy_setopt)(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    return code == CURLE_OK ? (curl_easy_setopt)(easy, CURLOPT_OPENSOCKETDATA, guard) : code;
}

void ccurl_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

#ifndef CCURL_H
#define CCURL_H

// curl_easy_setopt and its kin are variadic, which Swift cannot call: one typed wrapper for each kind of argument.

#include <curl/curl.h>
#include <stddef.h>

/// Receives `size * count` bytes of a body or one header line; anything but that product ends the transfer.
typedef size_t (*ccurl_data_callback)(char *bytes, size_t size, size_t count, void *context);

CURLcode ccurl_set_string(CURL *easy, CURLoption option, const char *value);
CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value);
CURLcode ccurl_set_offset(CURL *easy, CURLoption option, curl_off_t value);
CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, void *value);
CURLcode ccurl_set_list(CURL *easy, CURLoption option, struct curl_slist *value);
CURLcode ccurl_set_data_callback(CURL *easy, CURLoption option, ccurl_data_callback callback);
CURLcode ccurl_get_long(CURL *easy, CURLINFO info, long *value);
CURLcode ccurl_get_offset(CURL *easy, CURLINFO info, curl_off_t *value);
CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value);

/// Takes one finished transfer off the list; 0 when there is none.
int ccurl_next_done(CURLM *multi, CURL **easy, CURLcode *result);

/// Only http and https, by whichever option this libcurl has for it; name lookups that never block the loop.
CURLcode ccurl_set_basics(CURL *easy);

/// What the socket guard is asked and answers; lives as long as the transfer.
typedef struct {
    int refuse_link_local;
    int refused;
} ccurl_socket_guard;

/// Opens sockets close-on-exec, so that shells do not inherit them, and on demand not to link-local and
/// metadata addresses, checked on the address itself after the name was looked up.
CURLcode ccurl_set_socket_guard(CURL *easy, ccurl_socket_guard *guard);

/// Names the calling thread, at most 15 characters, for those who look at the process.
void ccurl_name_thread(const char *name);

#endif

package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"tipring/gateway/call"
)

// A Client asks a running gateway.
type Client struct {
	Base  string // "http://127.0.0.1:8080"
	Token string
	HTTP  *http.Client // nil: http.DefaultClient
}

// Do sends one request. An answer that is no success becomes an error with the problem's detail. The caller closes the body.
func (c *Client) Do(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(c.Base, "/")+path, body)
	if err != nil {
		return nil, fmt.Errorf("gateway address %q: %w", c.Base, err)
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	h := c.HTTP
	if h == nil {
		h = http.DefaultClient
	}
	res, err := h.Do(req)
	if err != nil {
		var what *url.Error
		if errors.As(err, &what) {
			err = what.Err // the address is said already
		}
		return nil, fmt.Errorf("no gateway answers at %s (is `tipring run` up, and is --http the same?): %w", c.Base, err)
	}
	return res, nil
}

func (c *Client) get(ctx context.Context, path string, v any) error {
	return c.exchange(ctx, http.MethodGet, path, v)
}

func (c *Client) exchange(ctx context.Context, method, path string, v any) error {
	res, err := c.Do(ctx, method, path, nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 && res.StatusCode != http.StatusUnprocessableEntity {
		return problem(res)
	}
	if v == nil {
		return nil
	}
	if err := json.NewDecoder(res.Body).Decode(v); err != nil {
		return fmt.Errorf("%s does not answer like a gateway: %w", c.Base, err)
	}
	return nil
}

// A Refusal is what the gateway answered instead of doing it.
type Refusal struct {
	Status        int // of HTTP
	Title, Detail string
}

// Error says what the gateway said.
func (r *Refusal) Error() string { return r.Title + ": " + r.Detail }

func problem(res *http.Response) error {
	r := &Refusal{}
	if json.NewDecoder(io.LimitReader(res.Body, 1<<16)).Decode(r) != nil || r.Title == "" {
		return fmt.Errorf("the gateway answered %s", res.Status)
	}
	r.Status = res.StatusCode
	return r
}

// Status asks for the gateway's status.
func (c *Client) Status(ctx context.Context) (s Status, err error) {
	err = c.get(ctx, "/api/v1/status", &s)
	return s, err
}

// Lines asks for the lines.
func (c *Client) Lines(ctx context.Context) (l []Line, err error) {
	err = c.get(ctx, "/api/v1/lines", &l)
	return l, err
}

// Spans asks for the spans.
func (c *Client) Spans(ctx context.Context) (l []Span, err error) {
	err = c.get(ctx, "/api/v1/spans", &l)
	return l, err
}

// Calls asks for the calls that are up.
func (c *Client) Calls(ctx context.Context) (l []call.Status, err error) {
	err = c.get(ctx, "/api/v1/calls", &l)
	return l, err
}

// ClearCall ends a call.
func (c *Client) ClearCall(ctx context.Context, id string) error {
	return c.exchange(ctx, http.MethodDelete, "/api/v1/calls/"+url.PathEscape(id), nil)
}

// Explain asks what would happen to a number.
func (c *Client) Explain(ctx context.Context, from, number string) (e RouteExplanation, err error) {
	err = c.get(ctx, "/api/v1/route?"+url.Values{"from": {from}, "number": {number}}.Encode(), &e)
	return e, err
}

// Reload makes the gateway read its configuration file again.
func (c *Client) Reload(ctx context.Context) (r ReloadReport, err error) {
	err = c.exchange(ctx, http.MethodPost, "/api/v1/reload", &r)
	return r, err
}

package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

func spanPath(span, what string) string { return "/api/v1/spans/" + url.PathEscape(span) + "/" + what }

// Performance asks for the performance counters of a span.
func (c *Client) Performance(ctx context.Context, span string) (p SpanPerformance, err error) {
	err = c.get(ctx, spanPath(span, "pm"), &p)
	return p, err
}

// Block keeps new calls from B channels of a span, or lets them on again.
func (c *Client) Block(ctx context.Context, span string, b SpanBlock) error {
	res, err := c.post(ctx, spanPath(span, "block"), b)
	if err != nil {
		return err
	}
	return res.Body.Close()
}

// Restart restarts B channels of a span.
func (c *Client) Restart(ctx context.Context, span string, r SpanRestart) error {
	res, err := c.post(ctx, spanPath(span, "restart"), r)
	if err != nil {
		return err
	}
	return res.Body.Close()
}

// Loop makes or ends a loopback of a span.
func (c *Client) Loop(ctx context.Context, span string, l SpanLoop) error {
	res, err := c.post(ctx, spanPath(span, "loop"), l)
	if err != nil {
		return err
	}
	return res.Body.Close()
}

// Test runs a bit error rate test on a span; it ends when ctx is done, which is no error.
func (c *Client) Test(ctx context.Context, span string, t SpanTest, tell func(SpanTestResult) error) error {
	res, err := c.post(ctx, spanPath(span, "bert"), t)
	return each(ctx, res, err, tell)
}

// Trace follows the D channels of a span until ctx is done, which is no error.
func (c *Client) Trace(ctx context.Context, span string, tell func(SpanFrame) error) error {
	res, err := c.Do(ctx, http.MethodGet, spanPath(span, "trace"), nil)
	if err == nil && res.StatusCode >= 300 {
		defer res.Body.Close()
		return problem(res)
	}
	return each(ctx, res, err, tell)
}

// Machines lists the live state machines.
func (c *Client) Machines(ctx context.Context) (m []Machine, err error) {
	err = c.get(ctx, "/api/v1/machines", &m)
	return m, err
}

// post sends v; an answer that is no success is an error.
func (c *Client) post(ctx context.Context, path string, v any) (*http.Response, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	res, err := c.Do(ctx, http.MethodPost, path, bytes.NewReader(b))
	if err == nil && res.StatusCode >= 300 {
		defer res.Body.Close()
		return nil, problem(res)
	}
	return res, err
}

// each tells the objects of a stream.
func each[T any](ctx context.Context, res *http.Response, err error, tell func(T) error) error {
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	defer res.Body.Close()
	for d := json.NewDecoder(res.Body); ; {
		var v T
		switch err := d.Decode(&v); {
		case ctx.Err() != nil || errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("the gateway has ended the stream: %w", err)
		}
		if err := tell(v); err != nil {
			return err
		}
	}
}

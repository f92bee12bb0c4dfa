package emu

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// A Client drives the far ends of a running gateway's emulated card over HTTP, one method a verb. Its errors say what the
// gateway said.
type Client struct {
	// Base is where the gateway's HTTP server is: "http://127.0.0.1:8080".
	Base string
	// Token is sent as a bearer token when it is not empty.
	Token string
	// HTTP is the client to use; nil is http.DefaultClient.
	HTTP *http.Client
}

// OffHook, OnHook and Flash move the hook switch of a telephone.
func (c *Client) OffHook(ctx context.Context, port string) error {
	return c.post(ctx, port, "offhook", nil)
}

// OnHook puts the handset down.
func (c *Client) OnHook(ctx context.Context, port string) error {
	return c.post(ctx, port, "onhook", nil)
}

// Flash presses the recall button.
func (c *Client) Flash(ctx context.Context, port string) error {
	return c.post(ctx, port, "flash", nil)
}

// Dial dials and returns when the last digit has been sent.
func (c *Client) Dial(ctx context.Context, port, digits string, pulse bool) error {
	return c.post(ctx, port, "dial", dialParams{digits, pulse})
}

// Ring has the exchange deliver a call. presentation is "" or "allowed", "private" or "unavailable".
func (c *Client) Ring(ctx context.Context, port, number, name, presentation string) error {
	return c.post(ctx, port, "ring", ringParams{number, name, presentation})
}

// Answer has the far party answer.
func (c *Client) Answer(ctx context.Context, port string) error {
	return c.post(ctx, port, "answer", nil)
}

// Hangup has the far party hang up. signal is "cpc", "polarity", "tone", "none", or "" for the line's own.
func (c *Client) Hangup(ctx context.Context, port, signal string) error {
	return c.post(ctx, port, "hangup", hangupParams{signal})
}

// Busy makes the far number busy, or free again.
func (c *Client) Busy(ctx context.Context, port string, on bool) error {
	return c.post(ctx, port, "busy", busyParams{&on})
}

// Play speaks a WAV file at 8 kHz into the line and returns at its end.
func (c *Client) Play(ctx context.Context, port string, file io.Reader) error {
	resp, err := c.send(ctx, http.MethodPost, port, "play", "audio/wav", file)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// Record writes what the far end hears in the next d to w as a WAV file.
func (c *Client) Record(ctx context.Context, port string, d time.Duration, w io.Writer) error {
	body, err := json.Marshal(recordParams{d.String()})
	if err != nil {
		return err
	}
	resp, err := c.send(ctx, http.MethodPost, port, "record", "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(w, resp.Body)
	return err
}

// Status returns what can be seen of a port.
func (c *Client) Status(ctx context.Context, port string) (Status, error) {
	resp, err := c.send(ctx, http.MethodGet, port, "status", "", nil)
	if err != nil {
		return Status{}, err
	}
	defer resp.Body.Close()
	var s Status
	if err := json.NewDecoder(resp.Body).Decode(&s); err != nil {
		return Status{}, fmt.Errorf("%s status: %s does not answer like an emulated card: %w", port, c.Base, err)
	}
	return s, nil
}

// RawStatus returns what can be seen of a port or a span, as the JSON object that the gateway gives.
func (c *Client) RawStatus(ctx context.Context, port string) (json.RawMessage, error) {
	resp, err := c.send(ctx, http.MethodGet, port, "status", "", nil)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var raw json.RawMessage
	if err := json.NewDecoder(resp.Body).Decode(&raw); err != nil {
		return nil, fmt.Errorf("%s status: %s does not answer like an emulated card: %w", port, c.Base, err)
	}
	return raw, nil
}

// Call has the switch behind a span make a call.
func (c *Client) Call(ctx context.Context, span, from, name, to string) error {
	return c.post(ctx, span, "call", callParams{from, name, to})
}

// Pull pulls a span's cable out.
func (c *Client) Pull(ctx context.Context, span string) error {
	return c.post(ctx, span, "pull", nil)
}

// Plug puts it in again.
func (c *Client) Plug(ctx context.Context, span string) error {
	return c.post(ctx, span, "plug", nil)
}

// Errors makes pulses of a span wrong at a rate.
func (c *Client) Errors(ctx context.Context, span string, rate float64) error {
	return c.post(ctx, span, "errors", rateParams{rate})
}

// Slip makes the clock of a span's far end fast by so many parts in a million.
func (c *Client) Slip(ctx context.Context, span string, ppm int) error {
	return c.post(ctx, span, "slip", slipParams{ppm})
}

// Loop has a span's far end make a loop: "line", "payload", or "none" to end it.
func (c *Client) Loop(ctx context.Context, span, loop string) error {
	return c.post(ctx, span, "loop", loopParams{loop})
}

// Alarm has a span's far end send "ais" or "rai", or stop it.
func (c *Client) Alarm(ctx context.Context, span, alarm string, on bool) error {
	return c.post(ctx, span, alarm, busyParams{&on})
}

func (c *Client) post(ctx context.Context, port, verb string, params any) error {
	var body io.Reader
	if params != nil {
		b, err := json.Marshal(params)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	resp, err := c.send(ctx, http.MethodPost, port, verb, "application/json", body)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func (c *Client) send(ctx context.Context, method, port, verb, contentType string, body io.Reader) (*http.Response, error) {
	u := strings.TrimSuffix(c.Base, "/") + "/emu/" + url.PathEscape(port) + "/" + verb
	req, err := http.NewRequestWithContext(ctx, method, u, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", contentType)
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("no gateway answers at %s: %w", c.Base, errors.Unwrap(err))
	}
	if resp.StatusCode < 300 {
		return resp, nil
	}
	defer resp.Body.Close()
	var e errorBody
	data, _ := io.ReadAll(io.LimitReader(resp.Body, maxParams))
	if json.Unmarshal(data, &e) != nil || e.Error == "" {
		return nil, fmt.Errorf("%s %s: %s answers %s", port, verb, c.Base, resp.Status)
	}
	return nil, errors.New(e.Error)
}

package intake

import (
	"time"

	"example.org/tocsin/canon/extract"
	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
	"example.org/tocsin/risk"
)

// compose makes the report that is stored out of a draft: canonical, judged,
// and without any card or identity number in its texts.
func (d *Desk) compose(caller models.Caller, draft models.Draft, now time.Time) (models.Report, error) {
	if caller.ID() == "" {
		return models.Report{}, &models.Error{
			Kind: models.Unauthenticated, Code: "credential_missing", Detail: "A report needs a device or an API key.",
		}
	}
	draft, err := validateDraft(draft, now)
	if err != nil {
		return models.Report{}, err
	}
	agent, fault := text.Clean(caller.Agent, maxName)
	if fault != nil {
		return models.Report{}, fault
	}
	query, err := matchQuery(draft)
	if err != nil {
		return models.Report{}, err
	}
	// Matched before masking: a card number may be the scammer's account.
	verdict := risk.Judge(d.Index.Match(query, now))

	report := models.Report{
		ID:       models.ReportID(caller.ID(), draft.IdempotencyKey),
		Body:     draft.Body,
		Reporter: d.Keyer.Pseudonym(caller.ID()),
		Witness:  d.witness(caller, draft.OnBehalf),
		Group:    d.group(caller),
		Channel:  models.ChannelApp,
		At:       draft.At,
		Received: now,
		Region:   draft.Region,
		Language: draft.Language,
		Findings: query.Findings,
		Story:    extract.Mask(draft.Story),
		Harm:     draft.Harm,
		Verdict:  verdict,
		State:    models.ReportOpen,
		Due:      now,
	}
	if caller.Device == "" {
		report.Channel, report.Agent = models.ChannelCallCentre, extract.Mask(agent)
	}
	report.Verdict.NextStep = risk.NextStep(verdict, report.Channel)
	if m := draft.Message; m != nil {
		report.Message = maskMessage(*m, draft.Region)
	}
	return report, nil
}

// maskMessage hides card and identity numbers in a message. A sender that is a
// number or an address is kept: it is a finding, and no card.
func maskMessage(m models.Message, region string) *models.Message {
	m.Text = extract.Mask(m.Text)
	if _, ok := senderIndicator(m.Sender, region); !ok {
		m.Sender = extract.Mask(m.Sender)
	}
	return &m
}

// witness returns the pseudonym of the person who saw it. An organisation reports for
// many citizens, so its own reference of the citizen, or else the agent's name, is part
// of it; which of the two it is, is part of it too, since an agent and a citizen may have
// one name (TestAnAgentAndACitizenOfOneNameAreTwoWitnesses). Names are compared as
// text.Normalise writes them (TestOneNameInSeveralSpellingsIsOneWitness); the zero byte
// is in none of the parts.
func (d *Desk) witness(caller models.Caller, onBehalf string) string {
	if caller.Device != "" {
		return d.Keyer.Pseudonym(caller.Device)
	}
	person := "agent:" + text.Normalise(caller.Agent)
	if onBehalf != "" {
		person = "citizen:" + text.Normalise(onBehalf)
	}
	return d.Keyer.Pseudonym(caller.OrganisationID() + "\x00" + person)
}

// group returns the pseudonym of those who may be one person: an organisation with all
// its keys (TestTwoKeysOfOneOrganisationAreOneWitnessAndOneGroup), or a device. What a
// group weighs, risk.Score caps (TestOneCallCentreSpeaksForManyCitizens).
func (d *Desk) group(caller models.Caller) string {
	if caller.Device != "" {
		return d.Keyer.Pseudonym(caller.Device)
	}
	return d.Keyer.Pseudonym(caller.OrganisationID())
}

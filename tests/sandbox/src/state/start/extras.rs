//! The initial data other than domains and mailboxes: logins, plans, and domains on offer.

use super::name;
use crate::id_generator::Kind;
use crate::state::{
    AgedDomain, Cents, ExportAccount, PlacementPlan, PlacementSubscription, Plan, PrewarmedDomain, Provider,
    ShieldSubscription, State, WorkspaceKey,
};

impl State {
    pub(super) fn add_extras(&mut self) {
        self.add_export_accounts();
        self.add_plans();
        self.add_stock();
    }

    /// Adds a valid and an expired login to the primary workspace.
    fn add_export_accounts(&mut self) {
        for (nth, (app, error)) in [("SMARTLEAD", None), ("INSTANTLY", Some("Login expired"))].into_iter().enumerate() {
            self.exports.accounts.push(ExportAccount {
                id: self.id_generator.id(Kind::ExportAccount, nth as u64),
                workspace: WorkspaceKey::PRIMARY,
                app: app.to_owned(),
                email: "ops@agency.example.com".to_owned(),
                error: error.map(str::to_owned),
            });
        }
    }

    /// Adds plans to the primary workspace: DNS Shield for 30 domains, and 30 placement-test credits per month.
    fn add_plans(&mut self) {
        let plan = Plan::Starter;
        let created_at = self.clock.now();
        self.shield.push(ShieldSubscription {
            id: self.id_generator.id(Kind::Shield, 0),
            workspace: WorkspaceKey::PRIMARY,
            plan: Some(plan),
            slots: plan.shield_slots(),
            price: plan.shield_price(),
            created_at,
            cancelled: false,
            domains: Vec::new(),
        });
        self.placement.subscriptions.extend(PlacementPlan::named("Starter").map(|plan| PlacementSubscription {
            id: self.id_generator.id(Kind::Placement, 0),
            workspace: WorkspaceKey::PRIMARY,
            plan,
            created_at,
            cancelled: false,
            spent: Vec::new(),
        }));
    }

    /// Adds the domains on offer. Every sixth pre-warmed domain is a Microsoft domain.
    fn add_stock(&mut self) {
        self.prewarmed.stock.extend((0..24).map(|nth| {
            let person = |position| name(nth + 3, position);
            PrewarmedDomain {
                id: format!("pw-{}", nth + 1),
                name: format!("warm-{:03}.example.com", nth + 1),
                provider: if nth % 6 == 5 { Provider::Microsoft } else { Provider::Google },
                price: Cents(3_900),
                people: (0..3).map(person).map(|(first, last)| (first.to_owned(), last.to_owned())).collect(),
                sold: false,
            }
        }));
        self.aged.extend((0..25).map(|nth| AgedDomain {
            name: format!("aged-{:03}.example.com", nth + 1),
            price: Cents((19 + nth * 5) * 100),
            quality: 60 + nth,
            years: 4 + nth % 9,
            authority: 12 + nth,
            spam: nth % 4,
            sold: false,
        }));
    }
}
